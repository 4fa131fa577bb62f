//! How long an event takes, from asking a node to publish it until a member has it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::client::{Client, FIRST};

/// How often an event is published.
const EVERY: Duration = Duration::from_millis(5);
/// Nothing takes longer.
const LONGEST: Duration = Duration::from_secs(5);

/// In microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// A publisher, who is no member, and the only member.
pub(crate) struct Pair {
    publisher: Client,
    member: Client,
    group: String,
    next: u64,
}

impl Pair {
    /// Each on a node.
    pub(crate) async fn meet(publisher: SocketAddr, member: SocketAddr) -> Result<Self, String> {
        let group = format!("{publisher} {member}");
        Ok(Self {
            publisher: Client::connect(publisher).await?,
            member: Client::member(member, &group).await?,
            group,
            next: FIRST,
        })
    }

    /// One event after the other, at a steady rate, for so long.
    pub(crate) async fn measure(&mut self, time: Duration) -> Result<Latency, String> {
        let mut times = Histogram::<u64>::new(3).map_err(|error| error.to_string())?;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let begun = Instant::now();
        while begun.elapsed() < time {
            ticks.tick().await;
            let from = Instant::now();
            self.publisher.publish(&self.group, 0, self.next, 1).await?;
            let said = timeout(LONGEST, self.member.said()).await;
            let said = said.map_err(|_| "an event did not come".to_owned())??;
            if said != (0, self.next) {
                return Err(format!("event {said:?} came instead of {}", self.next));
            }
            let nanos = u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX);
            times.record(nanos).map_err(|error| error.to_string())?;
            self.next += 1;
        }
        let micros = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
        Ok(Latency {
            p50: micros(0.5),
            p99: micros(0.99),
        })
    }

    /// So many, as fast as the node takes them; back when the member has them all.
    pub(crate) async fn burst(&mut self, count: u64) -> Result<(), String> {
        let from = self.next;
        self.publisher.publish(&self.group, 0, from, count).await?;
        for number in from..from + count {
            if self.member.said().await? != (0, number) {
                return Err(format!("event {number} is missing"));
            }
        }
        self.next += count;
        Ok(())
    }
}
