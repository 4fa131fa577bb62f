//! Typed WebSocket consumers.
