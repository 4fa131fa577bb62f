//! Members of one group, and publishers, each of which goes on when all members have what it has had published.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::{JoinSet, spawn_local},
    time::{sleep, timeout},
};

use crate::client::{Client, FIRST};

/// How many bursts of each publisher may be under way.
const BURSTS: usize = 2;
/// How long the last event may take to reach everybody.
const DELIVERED: Duration = Duration::from_secs(20);

const GROUP: &str = "everybody";

/// Who is there, and what is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) members: usize,
    /// Connections that have something published, none of them a member; at most `client::PUBLISHERS`.
    pub(crate) publishers: usize,
    /// Events that a node is asked to publish with one message, one after the other.
    pub(crate) burst: u64,
}

/// The members, who listen until it is dropped.
pub(crate) struct Room {
    state: Rc<State>,
    _members: JoinSet<()>,
}

/// What has reached whom.
struct State {
    size: Size,
    deliveries: Cell<u64>,
    publishers: Vec<Publisher>,
    /// Why it goes no further.
    failure: RefCell<Option<String>>,
    failed: Notify,
}

#[derive(Default)]
struct Publisher {
    sent: Cell<u64>,
    /// How many deliveries are missing of each burst under way, the oldest first.
    missing: RefCell<VecDeque<u64>>,
    /// A burst has reached everybody.
    reached: Notify,
}

impl Publisher {
    /// The first of a further burst, from now on counted as under way, if one may be.
    fn next(&self, size: Size) -> Option<u64> {
        let mut missing = self.missing.borrow_mut();
        if missing.len() == BURSTS {
            return None;
        }
        missing.push_back(size.burst * size.members as u64);
        Some(self.sent.replace(self.sent.get() + size.burst))
    }

    /// A member has had this event. `false`: it was not under way.
    fn heard(&self, number: u64, burst: u64) -> bool {
        let mut missing = self.missing.borrow_mut();
        let oldest = self.sent.get() / burst - missing.len() as u64;
        let burst = (number / burst).checked_sub(oldest);
        let burst = burst.and_then(|place| missing.get_mut(usize::try_from(place).ok()?));
        let Some(rest) = burst.filter(|rest| **rest > 0) else {
            return false;
        };
        *rest -= 1;
        while missing.front() == Some(&0) {
            missing.pop_front();
            self.reached.notify_one();
        }
        true
    }
}

impl State {
    fn fail(&self, failure: String) {
        self.failure.borrow_mut().get_or_insert(failure);
        self.failed.notify_one();
    }

    /// Whatever happens, not beyond a failure.
    async fn unless_failed<T>(&self, other: impl Future<Output = T>) -> Result<T, String> {
        tokio::select! {
            done = other => match &*self.failure.borrow() {
                Some(failure) => Err(failure.clone()),
                None => Ok(done),
            },
            () = self.failed.notified() => {
                Err(self.failure.borrow().clone().unwrap_or_default())
            }
        }
    }
}

impl Room {
    /// As many members on each node.
    pub(crate) async fn open(nodes: &[SocketAddr], size: Size) -> Result<Self, String> {
        let state = Rc::new(State {
            size,
            deliveries: Cell::default(),
            publishers: (0..size.publishers).map(|_| Publisher::default()).collect(),
            failure: RefCell::default(),
            failed: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        for number in 0..size.members {
            let client = Client::member(nodes[number % nodes.len()], GROUP).await?;
            let state = Rc::clone(&state);
            tasks.spawn_local(async move {
                let failure = listen(client, &state).await;
                state.fail(failure);
            });
        }
        Ok(Self {
            state,
            _members: tasks,
        })
    }

    /// How many events members have had so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.state.deliveries.get()
    }

    /// Has these nodes publish, by turns, while `measured` runs; then everybody gets everything, once, in order.
    pub(crate) async fn publish<T>(
        &self,
        nodes: &[SocketAddr],
        measured: impl Future<Output = T>,
    ) -> Result<T, String> {
        let over = Rc::new(Cell::new(false));
        let mut publishing = Vec::new();
        for place in 0..self.state.publishers.len() {
            let client = Client::connect(nodes[place % nodes.len()]).await?;
            let (state, over) = (Rc::clone(&self.state), Rc::clone(&over));
            publishing.push(spawn_local(async move {
                if let Err(failure) = publish(client, place, &state, &over).await {
                    state.fail(failure);
                }
            }));
        }
        let measured = self.state.unless_failed(measured).await?;
        over.set(true);
        let all = async {
            for task in publishing {
                let _ = task.await;
            }
        };
        let all = timeout(DELIVERED, self.state.unless_failed(all)).await;
        all.map_err(|_| "events have not reached everybody".to_owned())??;
        Ok(measured)
    }

    /// For as long, unless something fails.
    pub(crate) async fn rest(&self, time: Duration) -> Result<(), String> {
        self.state.unless_failed(sleep(time)).await
    }
}

/// Why it ended.
async fn listen(mut client: Client, state: &State) -> String {
    let mut next = vec![0; state.publishers.len()];
    let burst = state.size.burst;
    loop {
        let (publisher, number) = match client.said().await {
            Ok((publisher, number)) => (publisher, number.wrapping_sub(FIRST)),
            Err(failure) => return failure,
        };
        let (Some(expected), Some(of)) = (next.get_mut(publisher), state.publishers.get(publisher))
        else {
            return format!("there is no publisher {publisher}");
        };
        if number != *expected || !of.heard(number, burst) {
            return format!("event {number} of {publisher} came instead of {expected}");
        }
        *expected += 1;
        state.deliveries.set(state.deliveries.get() + 1);
    }
}

async fn publish(
    mut client: Client,
    place: usize,
    state: &State,
    over: &Cell<bool>,
) -> Result<(), String> {
    let publisher = &state.publishers[place];
    loop {
        while !over.get()
            && let Some(from) = publisher.next(state.size)
        {
            client
                .publish(GROUP, place, FIRST + from, state.size.burst)
                .await?;
        }
        if publisher.missing.borrow().is_empty() {
            return client.close().await;
        }
        tokio::select! {
            () = publisher.reached.notified() => {}
            // It is no member.
            answer = client.said() => {
                return Err(answer.map_or_else(|failure| failure, |_| "a publisher has had an event".to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: u64 = 3;

    fn size(members: usize) -> Size {
        Size {
            members,
            publishers: 1,
            burst: BURST,
        }
    }

    #[test]
    fn a_further_burst_may_be_sent_when_the_oldest_has_reached_everybody() {
        let publisher = Publisher::default();
        let sent = [(); BURSTS].map(|()| publisher.next(size(2)));
        assert_eq!(sent, [Some(0), Some(BURST)]);
        for number in 0..BURST {
            assert!(publisher.heard(number, BURST));
        }
        assert_eq!(publisher.next(size(2)), None);
        for number in 0..BURST {
            assert!(publisher.heard(number, BURST));
        }
        assert_eq!(publisher.next(size(2)), Some(2 * BURST));
    }

    #[test]
    fn what_is_not_under_way_is_not_heard() {
        let publisher = Publisher::default();
        assert!(!publisher.heard(0, BURST));
        publisher.next(size(1));
        for number in 0..BURST {
            assert!(publisher.heard(number, BURST));
        }
        assert!(!publisher.heard(0, BURST));
        assert!(!publisher.heard(BURST, BURST));
    }
}
