//! What every broker must pass: the conformance suite.
//!
//! A broker carries bytes between the nodes of an application; what it promises is written at [`Broker`]. Each scenario here
//! holds it to a part of that, with nodes of its own on a bus of its own. Those of [`delivery`], [`races`] and [`faults`] speak
//! to the broker alone; those of [`application`] and [`outage`] to applications of two nodes or more that are built on it.
//!
//! A crate with a broker says how its bus is started, how a node gets on it, and how it fails; [`broker_conformance!`] makes a
//! test of each scenario that this allows:
//!
//! ```
//! use realtime_runtime::{MemoryBus, MemoryNode};
//! use realtime_testing::broker::{Bus, Fault};
//!
//! struct Memory(MemoryBus);
//!
//! impl Bus for Memory {
//!     type Broker = MemoryNode;
//!
//!     async fn node(&self) -> MemoryNode {
//!         self.0.connect()
//!     }
//!
//!     async fn stranger(&self) -> MemoryNode {
//!         MemoryBus::new().connect()
//!     }
//!
//!     async fn fail(&mut self, _: Fault) {
//!         self.0.fail();
//!     }
//!
//!     async fn heal(&mut self, _: Fault) {
//!         self.0.heal();
//!     }
//! }
//!
//! realtime_testing::broker_conformance!(async { Memory(MemoryBus::new()) }, Killed);
//!
//! // Or one by hand:
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let bus = Memory(MemoryBus::new());
//! realtime_testing::broker::delivery::any_text_is_a_topic_of_its_own(bus).await;
//! # }
//! ```
//!
//! The tests of one binary run beside each other: where they would share a server, let each have a prefix of its own. A promise
//! of 2 s fails after 3, so that a busy machine is not taken for a broken broker.
//!
//! # Scenarios
//! They follow the contract of the channel layers of Django, by its numbers in the table of the book, where its wording applies:
//!
//! | | what | scenario, or why there is none |
//! |---|---|---|
//! | 16 | order on one channel | [`delivery::each_publisher_is_heard_in_its_order`], [`application::members_of_all_nodes_hear_an_event_once_and_in_order`] |
//! | 17 | one of a group has left | [`delivery::who_has_unsubscribed_gets_nothing`], [`application::who_has_left_hears_nothing`] |
//! | 18 | one copy each | [`delivery::every_subscriber_gets_one_copy`], [`application::who_is_in_two_groups_hears_an_event_once`] |
//! | 19, 20 | a full member | [`application::a_full_member_hurts_only_itself`], [`application::a_busy_handler_slows_no_other_node`] |
//! | 21 | capacity by pattern | None: one outbox setting for the application, no names that are patterns. |
//! | 22, 23 | messages and members expire | None: nothing is stored, so nothing expires. |
//! | 24 | a process is killed, a connection is old | [`races::nodes_that_come_and_go_disturb_nobody`], [`delivery::who_idles_misses_nothing`]. Membership is in the process that owns the socket and ends with it. |
//! | 25 | cancelling | [`races::dropped_futures_change_nothing_else`] |
//! | 26 | churn | [`races::nodes_that_come_and_go_disturb_nobody`], [`races::joins_and_leaves_end_as_the_last_call_says`], [`races::who_has_subscribed_gets_all_that_follows`] |
//! | 27 | the backend restarts | all of [`faults`] and [`outage`] |
//! | 28 | sockets idle for ten minutes | [`delivery::who_idles_misses_nothing`]: no read of a broker has an end. The sockets' own: `realtime-runtime`. |
//! | 29 | direct sends between nodes | [`delivery::what_is_for_one_node_reaches_it_and_no_other`], [`application::addresses_reach_their_connections_from_every_node`] |
//! | 30 | what cannot be carried or read | [`delivery::bytes_come_as_they_are`], [`delivery::what_is_too_large_is_an_error`], [`application::what_is_too_large_for_the_bus_is_an_error`], [`application::what_is_no_json_is_an_error`], [`application::what_cannot_be_read_is_skipped`] |
//! | 31 | isolation | [`application::each_member_answers_for_itself`], [`application::groups_of_one_key_are_apart_by_consumer`], [`delivery::applications_do_not_hear_each_other`] |
//! | 32 | names | [`delivery::any_text_is_a_topic_of_its_own`] |
//! | 33 | no layer | None: a layer that is disabled is not built. |
//! | 34 | publishing without async | [`application::code_that_is_not_async_publishes_to_all_nodes`] |
//!
//! [`broker_conformance!`]: crate::broker_conformance

pub mod application;
pub mod delivery;
pub mod faults;
mod node;
pub mod outage;
pub mod races;
mod room;

use realtime_runtime::broker::Broker;

/// A bus under test, which only one test uses.
///
/// Its methods may panic where something is wrong: that fails the test.
pub trait Bus {
    /// What a node is given.
    type Broker: Broker;

    /// Another node of the application, not started. While the bus is away as well.
    fn node(&self) -> impl Future<Output = Self::Broker>;

    /// A node of another application, which shares the server with this one as far as that is possible.
    fn stranger(&self) -> impl Future<Output = Self::Broker>;

    /// On how many topics somebody is, those of the broker's own left out; `None`, the default: the bus cannot say.
    fn topics(&self) -> impl Future<Output = Option<usize>> {
        std::future::ready(None)
    }

    /// Makes it fail. Only what [`broker_conformance!`](crate::broker_conformance) was told is asked for; by default
    /// there is nothing.
    ///
    /// # Panics
    /// When it cannot.
    fn fail(&mut self, fault: Fault) -> impl Future<Output = ()> {
        async move { panic!("this bus cannot fail so: {fault:?}") }
    }

    /// Ends [`Fault::Killed`] or [`Fault::Paused`]; the others end by themselves.
    fn heal(&mut self, fault: Fault) -> impl Future<Output = ()> {
        async move { panic!("this bus cannot be healed: {fault:?}") }
    }
}

/// How a bus fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// It is gone, with its connections and all that it knew: `kill -9`.
    Killed,
    /// It says nothing, and its connections stay: `kill -STOP`.
    Paused,
    /// All connections of now are cut; new ones can be made at once.
    Disconnected,
    /// Over the connections of now nothing comes that was subscribed to, and they stay; new ones work.
    Silent,
}

/// Runs a scenario, on two threads.
#[doc(hidden)]
pub fn run<B: Bus>(start: impl Future<Output = B>, scenario: impl AsyncFnOnce(B)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async { scenario(start.await).await });
}

/// Makes a `#[test]` of each [scenario](crate::broker#scenarios): of a future with a [`Bus`](crate::broker::Bus), which is
/// written out for each, and the [faults](crate::broker::Fault) that it knows, by their names:
/// `broker_conformance!(Server::start(), Killed, Paused)`. The whole of it is [in the module](crate::broker).
#[macro_export]
macro_rules! broker_conformance {
    (@Killed $bus:expr) => {
        $crate::broker_conformance! { @tests $bus;
            faults: [
                what_was_wanted_is_wanted_again_after_an_outage,
                nothing_waits_for_the_end_of_an_outage,
                a_node_may_start_during_an_outage,
            ]
            outage: [
                members_of_the_publishers_node_are_served_during_an_outage,
                sockets_stay_open_through_an_outage,
            ]
        }
    };
    (@Paused $bus:expr) => {
        $crate::broker_conformance! { @tests $bus;
            faults: [
                a_pause_is_noticed_although_connections_stand,
                a_pause_of_ten_seconds_is_an_outage_as_others,
            ]
        }
    };
    (@Disconnected $bus:expr) => {
        $crate::broker_conformance! { @tests $bus; faults: [connections_are_cut_ten_times] }
    };
    (@Silent $bus:expr) => {
        $crate::broker_conformance! { @tests $bus;
            faults: [a_subscription_that_dies_silently_is_noticed]
        }
    };
    (@tests $bus:expr; $($module:ident: [$($scenario:ident),* $(,)?])*) => {
        $($(
            #[test]
            fn $scenario() {
                $crate::broker::run($bus, async |bus| $crate::broker::$module::$scenario(bus).await);
            }
        )*)*
    };
    ($bus:expr $(, $fault:ident)* $(,)?) => {
        $crate::broker_conformance! { @tests $bus;
            delivery: [
                each_publisher_is_heard_in_its_order,
                every_subscriber_gets_one_copy,
                who_has_unsubscribed_gets_nothing,
                any_text_is_a_topic_of_its_own,
                bytes_come_as_they_are,
                what_is_too_large_is_an_error,
                applications_do_not_hear_each_other,
                what_is_for_one_node_reaches_it_and_no_other,
                who_idles_misses_nothing,
            ]
            races: [
                who_has_subscribed_gets_all_that_follows,
                joins_and_leaves_end_as_the_last_call_says,
                dropped_futures_change_nothing_else,
                nodes_that_come_and_go_disturb_nobody,
            ]
            application: [
                members_of_all_nodes_hear_an_event_once_and_in_order,
                who_has_left_hears_nothing,
                who_is_in_two_groups_hears_an_event_once,
                who_has_joined_hears_all_that_follows,
                groups_of_one_key_are_apart_by_consumer,
                each_member_answers_for_itself,
                addresses_reach_their_connections_from_every_node,
                who_is_kicked_or_asked_again_is_so_on_all_nodes,
                a_full_member_hurts_only_itself,
                a_busy_handler_slows_no_other_node,
                what_is_too_large_for_the_bus_is_an_error,
                what_is_no_json_is_an_error,
                what_cannot_be_read_is_skipped,
                code_that_is_not_async_publishes_to_all_nodes,
            ]
        }
        $($crate::broker_conformance! { @$fault $bus })*
    };
}
