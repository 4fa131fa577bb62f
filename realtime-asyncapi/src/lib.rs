//! AsyncAPI 3.0 documents for WebSocket consumers.

pub mod spec;
