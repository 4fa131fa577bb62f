//! A room of which every fifth member hardly reads.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::{
    Outcome,
    client::{Client, End},
    fan_out::Members,
    job::Job,
    run::{self, REST, Run},
    target::{Manner, Target},
};

/// The last of so many is slow.
const EVERY: usize = 5;
/// A slow reader reads once, and waits as long.
const PAUSE: Duration = Duration::from_millis(100);
/// What it reads at once.
const AT_ONCE: usize = 4096;
/// When nothing has come for as long, nothing more comes.
const SILENCE: Duration = Duration::from_millis(500);

/// Those who hardly read.
#[derive(Debug)]
pub(crate) struct Slow {
    buffer: RefCell<Vec<u8>>,
    count: usize,
    /// These have heard the end of what there was for them.
    done: Cell<usize>,
    closed: Cell<usize>,
}

pub(crate) fn is_slow(number: usize) -> bool {
    number % EVERY == EVERY - 1
}

/// How many of these are.
pub(crate) fn count(members: usize) -> usize {
    members / EVERY
}

/// Lets everybody in, and the fast ones begin.
pub(crate) async fn begin(
    target: &Target,
    run: &Rc<Run>,
    chat: &Rc<Job>,
    members: usize,
    in_flight: usize,
) -> Result<Rc<Slow>, String> {
    let slow = Rc::new(Slow {
        buffer: RefCell::new(vec![0; AT_ONCE]),
        count: count(members),
        done: Cell::new(0),
        closed: Cell::new(0),
    });
    let job = Job::long(target.wire(), "broadcast", "room_message");
    let mut fast = Members::new(run, job, members - count(members), in_flight);
    let connect = |number| {
        let is_slow = is_slow(number);
        let manner = Manner { number, is_slow };
        let (target, chat) = (target.clone(), Rc::clone(chat));
        async move {
            let client = Client::connect(&target, &chat, manner).await?;
            Ok((is_slow, client))
        }
    };
    let comes = |(is_slow, client)| {
        if is_slow {
            run.spawn(dawdle(client, Rc::clone(run), Rc::clone(&slow)));
        } else {
            fast.comes(client);
        }
    };
    run::windowed(members, connect, comes).await?;
    fast.begin();
    Ok(slow)
}

/// Reads a little now and then, and all that is left when the run is over. What it says is not looked at. To be closed is no
/// failure.
async fn dawdle(mut client: Client, run: Rc<Run>, slow: Rc<Slow>) -> Outcome {
    let closed = loop {
        let is_over = run.over.get();
        if !is_over {
            sleep(PAUSE).await;
        }
        // It may be long until the next comes to a room in which nobody says anything.
        let read = timeout(SILENCE, client.reads(&slow.buffer, |_| Ok(()))).await;
        match read {
            Ok(Ok(())) => {}
            Ok(Err(End::Wrong(reason))) => return Err(reason),
            Ok(Err(End::Closed(_) | End::Lost(_))) => break 1,
            Err(_) if is_over => break 0,
            Err(_) => {}
        }
    };
    slow.closed.set(slow.closed.get() + closed);
    slow.done.set(slow.done.get() + 1);
    Ok(())
}

impl Slow {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How many the server closed. Waits until all have heard the end of what there was for them, but not for ever: who still
    /// gets something is not closed.
    pub(crate) async fn closed(&self, run: &Run) -> Result<usize, String> {
        let all = async {
            while self.done.get() < self.count {
                run.passes(Duration::from_millis(5)).await?;
            }
            Ok::<(), String>(())
        };
        timeout(REST, all).await.unwrap_or(Ok(()))?;
        Ok(self.closed.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fifth_is_slow() {
        for members in [2, 4, 5, 14, 1000] {
            let slow = (0..members).filter(|number| is_slow(*number)).count();
            assert_eq!(slow, count(members));
        }
        assert_eq!(count(1000), 200);
    }
}
