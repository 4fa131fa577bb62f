//! The attribute macros of `realtime-runtime`.
