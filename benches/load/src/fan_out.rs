//! A client that sends to all: the next message when one has reached everybody.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::Instant,
};

use tokio::sync::Notify;

use crate::{Outcome, client::Client, job::Job, run::Run};

/// What has reached whom.
#[derive(Debug)]
struct Room {
    members: usize,
    in_flight: usize,
    sent: Cell<u64>,
    /// How many have yet to hear each message that is on the way, and when it was sent, the oldest first.
    missing: RefCell<VecDeque<(usize, Instant)>>,
    /// A message has reached everybody.
    reached: Notify,
}

impl Room {
    fn new(members: usize, in_flight: usize) -> Rc<Self> {
        Rc::new(Self {
            members,
            in_flight,
            sent: Cell::new(0),
            missing: RefCell::default(),
            reached: Notify::new(),
        })
    }

    /// How many more may be on the way, from now on counted as if they were.
    fn next(&self) -> usize {
        let mut missing = self.missing.borrow_mut();
        let count = self.in_flight - missing.len();
        missing.extend(std::iter::repeat_n((self.members, Instant::now()), count));
        self.sent.set(self.sent.get() + count as u64);
        count
    }

    /// Somebody has heard this message. Returns when it was sent.
    fn heard(&self, number: u64) -> Result<Instant, String> {
        let mut missing = self.missing.borrow_mut();
        let oldest = self.sent.get() - missing.len() as u64;
        let (of_message, sent) = number
            .checked_sub(oldest)
            .and_then(|index| missing.get_mut(usize::try_from(index).ok()?))
            .ok_or("a message came too often")?;
        let sent = *sent;
        *of_message -= 1;
        while missing.front().is_some_and(|(members, _)| *members == 0) {
            missing.pop_front();
            self.reached.notify_one();
        }
        Ok(sent)
    }
}

/// Everybody listens from when they come on, so that the pings of a server are answered; the last sends.
#[derive(Debug)]
pub(crate) struct Members {
    run: Rc<Run>,
    job: Rc<Job>,
    room: Rc<Room>,
    last: Option<Client>,
}

impl Members {
    pub(crate) fn new(run: &Rc<Run>, job: Job, members: usize, in_flight: usize) -> Self {
        Self {
            run: Rc::clone(run),
            job: Rc::new(job),
            room: Room::new(members, in_flight),
            last: None,
        }
    }

    pub(crate) fn comes(&mut self, client: Client) {
        if let Some(client) = self.last.replace(client) {
            let (run, job, room) = self.shared();
            self.run.spawn(listen(client, run, job, room));
        }
    }

    /// Everybody is there.
    pub(crate) fn begin(mut self) {
        if let Some(client) = self.last.take() {
            let (run, job, room) = self.shared();
            self.run.spawn(speak(client, run, job, room));
        }
    }

    fn shared(&self) -> (Rc<Run>, Rc<Job>, Rc<Room>) {
        let Self { run, job, room, .. } = self;
        (Rc::clone(run), Rc::clone(job), Rc::clone(room))
    }
}

/// Listens.
async fn listen(mut client: Client, run: Rc<Run>, job: Rc<Job>, room: Rc<Room>) -> Outcome {
    let mut number = 0;
    loop {
        hears(&mut client, &run, &job, &room, &mut number).await?;
    }
}

/// Listens, and sends.
async fn speak(mut client: Client, run: Rc<Run>, job: Rc<Job>, room: Rc<Room>) -> Outcome {
    let mut number = 0;
    loop {
        if !run.over.get() {
            let from = room.sent.get();
            let count = room.next();
            if count > 0 {
                let deliveries = (count * room.members) as u64;
                run.expected.set(run.expected.get() + deliveries);
                client.sends(job.frames(from, count)).await?;
            }
        }
        tokio::select! {
            heard = hears(&mut client, &run, &job, &room, &mut number) => heard?,
            () = room.reached.notified() => {}
        }
    }
}

async fn hears(
    client: &mut Client,
    run: &Run,
    job: &Job,
    room: &Room,
    number: &mut u64,
) -> Outcome {
    let before = *number;
    let mut arrived = None;
    client
        .hears(&run.buffer, |text| {
            job.check(*number, text)?;
            let sent = room.heard(*number)?;
            let arrived = *arrived.get_or_insert_with(Instant::now);
            run.latencies.add(sent, arrived);
            *number += 1;
            Ok(())
        })
        .await?;
    run.answers.set(run.answers.get() + (*number - before));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_is_sent_when_the_oldest_has_reached_everybody() {
        let room = Room::new(2, 3);
        assert_eq!(room.next(), 3);
        room.heard(0).unwrap();
        room.heard(1).unwrap();
        assert_eq!(room.next(), 0);
        room.heard(0).unwrap();
        assert_eq!(room.next(), 1);
        assert!(room.heard(0).is_err());
        assert!(room.heard(4).is_err());
        room.heard(3).unwrap();
    }
}
