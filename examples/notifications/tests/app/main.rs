//! The program as its clients see it.

mod client;
mod consumer;
mod declared;
mod notifications;
mod races;
mod session;
mod socket;
mod wire;
