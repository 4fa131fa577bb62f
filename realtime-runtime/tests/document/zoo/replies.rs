//! Replies of every shape.

use std::fmt;

use futures_util::{Stream, stream};
use realtime_runtime::{
    asyncapi::spec::{MessageSpec, Repetition},
    message::{Action, ReplySink},
    prelude::*,
};

/// List the books.
#[message(action = "list")]
pub struct List;

/// A book.
#[message(action = "book")]
pub struct Book {
    /// What is on its back.
    pub title: String,
}

/// Look for a book.
#[message(action = "find")]
pub struct Find {
    /// What is on its back.
    pub title: String,
}

/// Lend a book.
#[message(action = "lend")]
pub struct Lend {
    /// What is on its back.
    pub title: String,
}

/// It was lent.
#[message(action = "lent")]
pub struct Lent {
    /// Days until it must be back.
    pub days: u16,
}

/// Read a book.
#[message(action = "read")]
pub struct Read {
    /// What is on its back.
    pub title: String,
}

/// A page of a book.
#[message(action = "page")]
pub struct Page {
    /// What stands on it.
    pub text: String,
}

/// Read a book that may have been lent.
#[message(action = "try_read")]
pub struct TryRead {
    /// What is on its back.
    pub title: String,
}

/// Look through all books.
#[message(action = "search")]
pub struct Search {
    /// What to look for.
    pub text: String,
}

/// Book or page.
#[message(action = "either")]
pub struct Either;

/// Return a book.
#[message(action = "return")]
pub struct Return {
    /// What is on its back.
    pub title: String,
}

/// Remove a book.
#[message(action = "remove")]
pub struct Remove {
    /// What is on its back.
    pub title: String,
}

/// Why a book cannot be had.
#[derive(Debug, ClientError)]
pub enum LendError {
    /// It is not ours.
    #[client_error(detail = "There is no such book.")]
    NotFound,
    /// Somebody else has it.
    #[client_error(code = "away", detail = "It is back in {days} days.")]
    Lent { days: u16 },
    /// The catalogue broke.
    #[client_error(internal)]
    Catalogue(fmt::Error),
}

/// A book, or a page: an answer that writes itself.
pub struct BookOrPage(Result<Book, Page>);

impl Reply<Action> for BookOrPage {
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error> {
        match self.0 {
            Ok(book) => sink.message(&book),
            Err(page) => sink.message(&page),
        }
    }

    fn messages() -> Vec<MessageSpec> {
        [<Book as Message>::describe(), <Page as Message>::describe()].concat()
    }

    fn repetition() -> Repetition {
        Repetition::Once
    }
}

/// Whoever may remove books: nobody.
pub struct Librarian;

impl HandlerPermission<Replies, Remove> for Librarian {
    type Granted = ();

    async fn check(_: &Remove, _: &mut Context<'_, Replies>) -> Result<(), Error> {
        Err(Error::forbidden())
    }
}

pub struct Replies;

/// A library.
#[ws_handler(name = "library")]
impl Replies {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    /// Lists the books, one after the other.
    async fn list(_: List) -> Vec<Book> {
        Vec::new()
    }

    /// Finds a book, perhaps.
    async fn find(_: Find) -> Option<Book> {
        None
    }

    /// Lends a book.
    async fn lend(_: Lend) -> Result<Lent, LendError> {
        Err(LendError::NotFound)
    }

    /// Reads a book, page for page.
    async fn read(_: Read) -> impl Stream<Item = Page> + use<> {
        stream::empty()
    }

    /// Reads a book, unless it was lent.
    async fn try_read(
        _: TryRead,
    ) -> Result<Option<impl Stream<Item = Result<Page, LendError>> + use<>>, LendError> {
        Ok(Some(stream::empty()))
    }

    /// Looks through all books, beside whatever else goes on.
    #[ws_handler(spawn, tags("slow"))]
    async fn search(_: Search, _: OwnedContext<Self>) -> Option<Book> {
        None
    }

    /// Answers with what it has.
    async fn either(_: Either) -> BookOrPage {
        BookOrPage(Err(Page {
            text: String::new(),
        }))
    }

    /// Takes a book back. There is no answer.
    async fn take_back(_: Return) {}

    /// Removes a book.
    #[ws_handler(permission = Librarian)]
    async fn remove(_: Remove) -> Result<(), LendError> {
        Ok(())
    }
}
