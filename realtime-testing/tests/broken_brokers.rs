//! The conformance suite finds what is wrong: each broker here breaks one promise, and fails the scenario that is about it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use realtime_runtime::{
    MemoryBus, MemoryNode,
    broker::{Arrival, Broker, BrokerError, BrokerFuture, Capabilities, Gap, Health, Inbox},
};
use realtime_testing::broker::{self, Bus, Fault};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    /// What is published is carried twice.
    Doubles,
    /// It is carried when the future is polled, not with the call.
    IsLazy,
    /// Four messages at a time come in the wrong order.
    Reorders,
    /// Nothing is unsubscribed from.
    Keeps,
    /// Topics are cut off.
    CutsNames,
    /// Other applications are on the same topics.
    HasNoPrefix,
    /// A message may be larger than it says.
    HasNoLimit,
    /// What fails is published when the bus is back.
    Queues,
    /// A gap ends before it begins.
    TellsAGapTheWrongWay,
}

#[derive(Debug)]
struct Broken {
    node: Arc<MemoryNode>,
    flaw: Flaw,
    held: Mutex<Vec<(String, Bytes)>>,
}

impl Broker for Broken {
    fn start(&self, inbox: Inbox) {
        let flaw = self.flaw;
        self.node.start(Inbox::new(move |arrival| match arrival {
            Arrival::Published { topic, message } => inbox.message(topic, message),
            Arrival::Gap(Gap { topics, over }) => {
                let over = over != (flaw == Flaw::TellsAGapTheWrongWay);
                inbox.gap(Gap { topics, over });
            }
            _ => {}
        }));
    }

    fn publish(&self, topic: &str, message: Bytes) -> BrokerFuture<'_> {
        let topic = self.named(topic).to_owned();
        match self.flaw {
            Flaw::Doubles => {
                drop(self.node.publish(&topic, message.clone()));
            }
            Flaw::IsLazy => {
                return Box::pin(async move { self.node.publish(&topic, message).await });
            }
            Flaw::Reorders => {
                let mut held = self.held.lock().unwrap();
                held.push((topic, message));
                if held.len() == 4 {
                    for (topic, message) in held.drain(..).rev() {
                        drop(self.node.publish(&topic, message));
                    }
                }
                return Box::pin(async { Ok(()) });
            }
            Flaw::Queues => {
                let mut held = self.held.lock().unwrap();
                if self.health() == Health::Down {
                    held.push((topic, message));
                    return Box::pin(async { Err(BrokerError::Unavailable) });
                }
                for (topic, message) in held.drain(..) {
                    drop(self.node.publish(&topic, message));
                }
            }
            _ => {}
        }
        self.node.publish(&topic, message)
    }

    fn subscribe(&self, topic: &str) -> BrokerFuture<'_> {
        self.node.subscribe(self.named(topic))
    }

    fn unsubscribe(&self, topic: &str) {
        if self.flaw != Flaw::Keeps {
            self.node.unsubscribe(self.named(topic));
        }
    }

    fn health(&self) -> Health {
        self.node.health()
    }

    fn capabilities(&self) -> Capabilities {
        let capabilities = self.node.capabilities();
        match self.flaw {
            Flaw::HasNoLimit => capabilities.max_message_bytes(1 << 20),
            _ => capabilities,
        }
    }
}

impl Broken {
    fn named<'t>(&self, topic: &'t str) -> &'t str {
        match self.flaw {
            Flaw::CutsNames => topic.get(..3).unwrap_or(topic),
            _ => topic,
        }
    }
}

struct BrokenBus(MemoryBus, Flaw);

impl Bus for BrokenBus {
    type Broker = Broken;

    async fn node(&self) -> Broken {
        Broken {
            node: Arc::new(self.0.connect()),
            flaw: self.1,
            held: Mutex::default(),
        }
    }

    async fn stranger(&self) -> Broken {
        assert_eq!(self.1, Flaw::HasNoPrefix);
        self.node().await
    }

    async fn fail(&mut self, _: Fault) {
        self.0.fail();
    }

    async fn heal(&mut self, _: Fault) {
        self.0.heal();
    }
}

macro_rules! finds {
    ($($test:ident: $flaw:ident, $module:ident::$scenario:ident, $message:literal;)*) => {
        $(
            // What does not come is not waited for.
            #[tokio::test(start_paused = true)]
            #[should_panic(expected = $message)]
            async fn $test() {
                let bus = BrokenBus(MemoryBus::new(), Flaw::$flaw);
                broker::$module::$scenario(bus).await;
            }
        )*
    };
}

finds! {
    a_second_copy: Doubles, delivery::every_subscriber_gets_one_copy, "left == right";
    a_lazy_call: IsLazy, delivery::each_publisher_is_heard_in_its_order, "of one publisher";
    another_order: Reorders, delivery::each_publisher_is_heard_in_its_order, "of one publisher";
    who_cannot_leave: Keeps, delivery::who_has_unsubscribed_gets_nothing, "left == right";
    names_that_are_cut: CutsNames, delivery::any_text_is_a_topic_of_its_own, "did not come";
    a_missing_prefix: HasNoPrefix, delivery::applications_do_not_hear_each_other, "left == right";
    a_missing_limit: HasNoLimit, delivery::what_is_too_large_is_an_error, "left == right";
    a_queue_without_end: Queues, faults::nothing_waits_for_the_end_of_an_outage, "no more than the last";
    a_gap_the_wrong_way: TellsAGapTheWrongWay, faults::what_was_wanted_is_wanted_again_after_an_outage, "did not come";
}
