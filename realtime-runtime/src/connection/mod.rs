//! One connection's life: its task, its socket, its outbox, its limits, its clock.

mod beside;
mod clock;
mod driver;
mod heartbeat;
mod limits;
mod link;
mod report;
mod task;

pub use link::ConnectionId;

pub(crate) use beside::{Beside, Besides, Cancelled};
pub(crate) use clock::Clock;
pub(crate) use driver::{Driver, Socket};
pub(crate) use limits::Limits;
pub(crate) use link::{Event, Frames, Item, Link, Rank};
pub(crate) use report::report;
pub(crate) use task::{First, Place, disconnect, run};
