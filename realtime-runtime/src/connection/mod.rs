//! One connection's life: its task, its socket, its outbox, its limits, its clock.

mod beside;
mod clock;
pub(crate) mod credentials;
mod deadlines;
mod driver;
mod heartbeat;
mod limits;
mod link;
mod outbox;
mod policy;
mod report;
mod socket;
mod spare;
mod task;
mod turn;

pub use link::ConnectionId;
pub(crate) use policy::EventKind;
pub use policy::{KeyOf, OutboxPolicy, Waiting};

pub(crate) use beside::{Beside, Besides, Cancelled};
pub(crate) use clock::Clock;
pub(crate) use driver::Driver;
pub(crate) use limits::{Limits, Rate};
pub(crate) use link::{Link, Pushed};
pub(crate) use outbox::{Event, Frames, Gap, Item, Rank};
pub(crate) use report::report;
pub(crate) use socket::{Opened, Socket};
pub(crate) use task::{First, Place, disconnect, run};
