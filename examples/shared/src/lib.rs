//! What the examples have in common: accounts in SQLite, signing in and out, the pages and files around that, and the
//! program that serves it all.

pub mod accounts;
mod config;
pub mod input;
mod metrics;
pub mod program;
pub mod web;

pub use config::{Config, RedisUrl, StartError};
pub use metrics::metrics;
