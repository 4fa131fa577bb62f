//! The program as its clients see it, in memory.

mod client;
mod notifications;
mod session;
