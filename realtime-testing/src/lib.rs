//! Deterministic tests of WebSocket consumers.
