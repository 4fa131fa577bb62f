//! Payloads of every kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use realtime_runtime::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A page of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins, if there is one.
    pub next: Option<String>,
}

/// A folder, and what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    /// What it is called.
    pub name: String,
    /// What is in it.
    #[serde(default)]
    pub children: Vec<Tree>,
    /// Where it leads to.
    pub link: Option<Box<Tree>>,
}

pub mod authors {
    /// Who writes.
    #[derive(
        Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
    )]
    #[schemars(rename = "Author")]
    pub struct User {
        /// Name on the cover.
        pub pen_name: String,
    }
}

pub mod readers {
    /// Who reads.
    #[derive(
        Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
    )]
    #[schemars(rename = "Reader")]
    pub struct User {
        /// Number on the card.
        pub card: u32,
    }
}

/// A number of 64 bits, as a text, since JavaScript would lose its last digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snowflake(pub u64);

impl Serialize for Snowflake {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Snowflake {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Snowflake".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number of 64 bits in decimal digits.",
            "type": "string",
            "pattern": "^[0-9]{1,20}$",
        })
    }
}

/// What kind of thing it is: each kind has fields of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Bound pages.
    Book {
        /// How many.
        pages: u32,
    },
    /// A sheet.
    Map(Scale),
    /// Nobody knows.
    Unknown,
}

/// How much smaller it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scale {
    /// One to this.
    pub to: u32,
}

/// Where it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Shelf,
    Cellar,
}

/// Something in the archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[garde(allow_unvalidated)]
pub struct Item {
    /// Its number in the whole world.
    pub id: Uuid,
    /// Its number in this archive.
    pub number: Snowflake,
    /// What it is called.
    #[garde(length(chars, min = 1, max = 200))]
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// Who wrote it.
    pub author: authors::User,
    /// Who has it.
    pub reader: Option<readers::User>,
    /// When it came.
    pub since: DateTime<Utc>,
    /// When it must go.
    pub until: Option<NaiveDate>,
    /// Height and width in centimetres.
    pub size: (f32, f32),
    /// Colour in red, green, blue.
    pub colour: [u8; 3],
    /// How many there are in each place.
    pub copies: BTreeMap<Place, u32>,
    /// Whatever else is known.
    pub notes: HashMap<String, serde_json::Value>,
    /// Words to find it by.
    pub keywords: BTreeSet<String>,
    /// How many bytes its picture has.
    #[garde(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub picture_bytes: u64,
    /// One letter.
    pub mark: Option<char>,
}

/// Store something.
#[message(action = "store")]
pub struct Store {
    /// What to store.
    #[garde(dive)]
    pub item: Item,
    /// Who is told of it.
    #[garde(length(max = 10), inner(email))]
    pub tell: Vec<String>,
    /// Where it is described.
    #[garde(url)]
    pub home: Option<String>,
    /// How sure one is of it.
    #[garde(range(min = 0.0, max = 1.0))]
    pub sure: f64,
    /// Where it stands, such as `B-12`.
    #[garde(pattern("^[A-Z]-[0-9]+$"))]
    pub shelf: String,
}

/// It was stored.
#[message(action = "stored")]
pub struct Stored {
    /// What was stored.
    pub item: Item,
}

/// Show a page of items.
#[message(action = "items")]
pub struct ShowItems {
    /// Where to begin; at the front without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A page of items.
#[message(action = "item_page")]
pub struct ItemPage {
    /// The page.
    pub page: Page<Item>,
}

/// A page of readers.
#[message(action = "reader_page")]
pub struct ReaderPage(pub Page<readers::User>);

/// Show the folders.
#[message(action = "folders")]
pub struct ShowFolders {
    /// Only what is like this.
    pub like: Option<Tree>,
}

/// The folders.
#[message(action = "folder_tree")]
pub struct Folders(pub Tree);

/// Readers have come.
#[message(action = "readers")]
pub struct Readers {
    /// Some of them.
    pub page: Page<readers::User>,
}

pub struct Archive;

/// An archive of all kinds of things.
#[consumer(tag = "action")]
impl Archive {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    /// Stores something.
    #[ws_handler]
    async fn store(store: Store) -> Stored {
        Stored { item: store.item }
    }

    /// Shows items, so many at a time.
    #[ws_handler]
    async fn items(_: ShowItems) -> Option<ItemPage> {
        None
    }

    /// Shows the folders.
    #[ws_handler]
    async fn folders(show: ShowFolders) -> Option<Folders> {
        show.like.map(Folders)
    }

    /// Readers have come.
    #[event_handler]
    async fn readers(event: &Readers) -> ReaderPage {
        ReaderPage(event.page.clone())
    }
}
