//! The contract of the notifications example.
