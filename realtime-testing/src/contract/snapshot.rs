//! The whole document as a snapshot.

use realtime_asyncapi::DocumentError;
use realtime_runtime::{Realtime, RealtimeBuilder};

use crate::TestApp;

/// What has an AsyncAPI document.
pub trait Documented {
    /// The document as indented JSON.
    ///
    /// # Panics
    /// When it cannot be made, and of a [`TestApp`] of a bare router, which does not know it.
    fn asyncapi_json(&self) -> String;
}

/// Compares the AsyncAPI document of a [`Realtime`], a [`RealtimeBuilder`] or a [`TestApp`] with the snapshot that was
/// reviewed. The test depends on [insta](https://docs.rs/insta) itself; `cargo insta review` takes what has changed.
///
/// ```no_run
/// # use realtime_runtime::prelude::*;
/// # pub struct Room;
/// # #[consumer] impl Room {
/// #     #[on_connect] async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> { Ok(Self) }
/// # }
/// use realtime_testing::assert_asyncapi;
///
/// assert_asyncapi!(Realtime::builder().consumer::<Room>("/ws/rooms/{room}"));
/// assert_asyncapi!("rooms", Realtime::builder().consumer::<Room>("/ws/rooms/{room}"));
/// ```
#[macro_export]
macro_rules! assert_asyncapi {
    ($app:expr $(,)?) => {
        $crate::assert_asyncapi!("asyncapi", $app)
    };
    ($name:expr, $app:expr $(,)?) => {
        ::insta::assert_snapshot!($name, $crate::Documented::asyncapi_json(&$app))
    };
}

fn json(document: Result<realtime_asyncapi::Document, DocumentError>) -> String {
    match document {
        Ok(document) => document.to_json_pretty(),
        Err(error) => panic!("the document cannot be made: {error}"),
    }
}

impl Documented for Realtime {
    fn asyncapi_json(&self) -> String {
        json(self.asyncapi())
    }
}

impl Documented for RealtimeBuilder {
    fn asyncapi_json(&self) -> String {
        json(self.asyncapi())
    }
}

impl Documented for TestApp {
    fn asyncapi_json(&self) -> String {
        match &self.inner.realtime {
            Some(realtime) => realtime.asyncapi_json(),
            None => panic!(
                "a bare router has no document: give `TestApp::new` or `assert_asyncapi!` the `Realtime`"
            ),
        }
    }
}

impl<D: Documented + ?Sized> Documented for &D {
    fn asyncapi_json(&self) -> String {
        (**self).asyncapi_json()
    }
}
