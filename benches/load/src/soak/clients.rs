//! Those who stay, and those who come and go.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::time::{sleep_until, timeout};

use super::{ASKS, BROADCASTS, COMES, Shared, ears::Ears};
use crate::{Outcome, client::Client, job::RING, run::REST, target::Manner};

/// Nobody who comes and goes stays longer, in seconds.
const LONGEST: u64 = 8;
/// Of so many who come, one goes without a close.
const DROPS: u64 = 3;

/// A client, and what it has yet to hear.
struct Guest {
    client: Client,
    ears: Ears,
    asked: u64,
    shared: Rc<Shared>,
}

impl Guest {
    async fn asks(&mut self, due: Instant) -> Outcome {
        self.ears.asks(due);
        let asked = self.asked;
        self.asked += 1;
        self.client.sends(self.shared.chat.frames(asked, 1)).await
    }

    /// Reads once. Returns how many of all that must come are accounted for.
    async fn hears(&mut self) -> Result<u64, String> {
        let (shared, ears) = (&self.shared, &mut self.ears);
        let mut heard = 0;
        let mut now = None;
        self.client
            .hears(&shared.run.buffer, |text| {
                heard += ears.hears(shared, text, *now.get_or_insert_with(Instant::now))?;
                Ok(())
            })
            .await?;
        Ok(heard)
    }
}

/// Asks at fixed times, whatever is unanswered. One also sends to all, at fixed times too.
pub(super) async fn stay(
    client: Client,
    shared: Rc<Shared>,
    first: Instant,
    speaks: bool,
) -> Outcome {
    let ears = Ears::from_the_first();
    let mut guest = Guest {
        client,
        ears,
        asked: 0,
        shared: Rc::clone(&shared),
    };
    let run = &shared.run;
    let (mut asks, mut sends) = (first, first);
    loop {
        let next = if speaks { asks.min(sends) } else { asks };
        tokio::select! {
            () = sleep_until(next.into()), if !run.over.get() => {}
            heard = guest.hears() => {
                run.answers.set(run.answers.get() + heard?);
                continue;
            }
        }
        if run.over.get() {
            continue;
        }
        if next == asks {
            run.expected.set(run.expected.get() + 1);
            guest.asks(next).await?;
            asks += ASKS;
        } else {
            sends_to_all(&mut guest, next).await?;
            sends += BROADCASTS;
        }
    }
}

async fn sends_to_all(guest: &mut Guest, due: Instant) -> Outcome {
    let shared = &guest.shared;
    let number = shared.broadcasts.get();
    shared.broadcasts.set(number + 1);
    let place = usize::try_from(number % RING as u64).unwrap_or(0);
    shared.sent.borrow_mut()[place] = due;
    // Those who come and go check the order of what they hear; only those who stay must have heard all.
    let expected = &shared.run.expected;
    expected.set(expected.get() + shared.steady as u64);
    guest.client.sends(shared.broadcast.frames(number, 1)).await
}

/// Lets one after another come.
pub(super) async fn come(shared: Rc<Shared>) -> Outcome {
    let mut next = Instant::now();
    for number in 0.. {
        next += COMES;
        sleep_until(next.into()).await;
        if shared.run.over.get() {
            break;
        }
        shared.run.spawn(visit(Rc::clone(&shared), number));
    }
    Ok(())
}

/// Comes, asks now and then, and goes, in order or not.
async fn visit(shared: Rc<Shared>, number: u64) -> Outcome {
    shared.connections.set(shared.connections.get() + 1);
    shared.count(|totals| totals.came += 1);
    let client = timeout(REST, Client::opens(&shared.target, Manner::default())).await;
    let client = client.unwrap_or_else(|_| Err("it takes too long".to_owned()));
    let client = client.map_err(|error| format!("could not connect: {error}"))?;
    let ears = Ears::from_now_on();
    let mut guest = Guest {
        client,
        ears,
        asked: 0,
        shared: Rc::clone(&shared),
    };
    let begin = Instant::now();
    let leaves = begin + Duration::from_secs(1 + number % LONGEST);
    let mut asks = begin;
    while Instant::now() < leaves && !shared.run.over.get() {
        tokio::select! {
            () = sleep_until(asks.into()) => {
                guest.asks(asks).await?;
                asks += ASKS;
            }
            heard = guest.hears() => drop(heard?),
        }
    }
    if number.is_multiple_of(DROPS) {
        shared.count(|totals| totals.dropped += 1);
    } else {
        let answered = async {
            while !guest.ears.is_answered() {
                guest.hears().await?;
            }
            Ok(())
        };
        let answered = timeout(REST, answered).await;
        answered.unwrap_or_else(|_| Err("an answer is missing before a close".to_owned()))?;
        let Guest {
            client, mut ears, ..
        } = guest;
        let hears = |text: &[u8]| ears.hears(&shared, text, Instant::now()).map(drop);
        client.closes(&shared.run.buffer, hears).await?;
        shared.count(|totals| totals.closed += 1);
    }
    shared.connections.set(shared.connections.get() - 1);
    Ok(())
}
