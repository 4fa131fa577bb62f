//! The book's Rust blocks, compiled and run by the tests.

#[cfg(doctest)]
#[doc = include_str!("src/concepts/access.md")]
mod access {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/brokers.md")]
mod brokers {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/connections.md")]
mod connections {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/consumers.md")]
mod consumers {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/document.md")]
mod document {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/groups.md")]
mod groups {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/handlers.md")]
mod handlers {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/messages.md")]
mod messages {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/presence.md")]
mod presence {}

#[cfg(doctest)]
#[doc = include_str!("src/concepts/testing.md")]
mod testing {}

#[cfg(doctest)]
#[doc = include_str!("src/nodes.md")]
mod nodes {}

#[cfg(doctest)]
#[doc = include_str!("src/quick-start.md")]
mod quick_start {}
