//! What a connection that only answers never has.

use std::{collections::VecDeque, time::Duration};

use crate::{
    cause::Cause,
    connection::{Besides, Cancelled, link::Closing},
    wire::frame::Kind,
};

/// Room for it is made when it is first needed: an idle connection is smaller for it, and a frame has less to look at.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// It is time to ask whether the client may still be here.
    pub(super) recheck: Option<Cause>,
    /// What made time pass, in a test: not done before the next deadline stands.
    pub(super) time: Cause,
    /// Messages that were read while a handler was busy.
    pub(super) ahead: VecDeque<(Kind, Vec<u8>)>,
    pub(super) ahead_bytes: usize,
    pub(super) beside: Besides,
    /// What was under way beside the frames when the connection ended.
    pub(super) cancelled: Vec<Cancelled>,
    /// What caused the frames that wait to be written: not done before the socket was offered them.
    pub(super) unwritten: Vec<Cause>,
    /// When a handler in hand is given up.
    pub(super) give_up: Option<Duration>,
    /// When a gentle close no longer waits for a client that does not read.
    pub(super) hurry: Option<(Duration, Closing)>,
    /// What a frame that ends the connection was caused by.
    pub(super) last_cause: Cause,
}
