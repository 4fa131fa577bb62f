//! Several nodes on a bus that loses, holds up and cuts off: in the end all of them know who is present.

mod net;
mod steps;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use proptest::prelude::*;

use super::{Beliefs, GRACE, name};
use crate::{
    connection::ConnectionId,
    layer::NodeId,
    presence::{
        change::Entry,
        groups::Audience,
        message::{Beat, Message, Part, Whole},
        roster::Said,
        types::Totals,
    },
};
use net::Net;
use steps::{Step, steps};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nodes_that_reach_each_other_know_the_same_and_it_is_right(steps in steps()) {
        let mut net = Net::with_pieces(2, 150);
        for step in &steps {
            net.take(step);
            // Whoever has a connection here is present here, whatever the bus does.
            for nth in 0..net.nodes.len() {
                let here = net.nodes[nth].as_ref().map(|process| process.connections.values().cloned().collect());
                let here: BTreeSet<Arc<str>> = here.unwrap_or_default();
                let known = net.known(nth);
                prop_assert!(here.iter().all(|user| known.contains_key(user)));
            }
        }
        for nth in 0..net.nodes.len() {
            net.heal(nth);
            net.know(nth);
        }
        // Who is gone is known to be, and whoever was taken for gone has shown that it lives.
        net.wait(Duration::from_secs(30), true);
        let truth = net.truth();
        let mut listed = Vec::new();
        for nth in 0..net.nodes.len() {
            if net.nodes[nth].is_none() {
                continue;
            }
            prop_assert_eq!(&net.known(nth), &truth);
            net.tell(nth);
            let list = net.list(nth);
            let process = net.nodes[nth].as_ref().unwrap();
            prop_assert_eq!(&process.beliefs, &Beliefs::of(list.clone()));
            listed.push(list);
        }
        // What was said last is the same for all, too.
        prop_assert!(listed.windows(2).all(|two| two[0] == two[1]), "{:?}", listed);
    }

    #[test]
    fn without_faults_every_node_knows_all_as_soon_as_everything_has_arrived(steps in steps()) {
        let mut net = Net::with_pieces(3, 150);
        for step in &steps {
            match step {
                Step::Lose(_) | Step::LoseOne(_) | Step::Cut(_) | Step::Crash(_) | Step::End(_, false)
                | Step::Wait(_) | Step::Forget(_) => {}
                step => net.take(step),
            }
        }
        net.settle();
        let truth = net.truth();
        for nth in 0..3 {
            prop_assert_eq!(&net.known(nth), &truth);
        }
    }
}

#[test]
fn a_killed_nodes_connections_count_for_20_s_at_most_and_its_users_leave_once_after_the_grace() {
    for since_tick in [0, 1, 1500, 2999] {
        let mut net = Net::of(2);
        let (ann, ben) = (name(0), name(1));
        net.join(0, &ann);
        net.join(1, &ann);
        net.join(1, &ben);
        net.settle();
        net.wait(Duration::from_millis(since_tick), true);
        net.tell(0);
        net.crash(1);
        let mut left = Vec::new();
        let mut counted = Duration::ZERO;
        for tenths in 1..=400 {
            net.wait(Duration::from_millis(100), true);
            let elapsed = Duration::from_millis(100) * tenths;
            if net.totals(0).connections > 1 {
                counted = elapsed;
            }
            let before = net.list(0).len();
            net.tell(0);
            if before == 1 && left.is_empty() {
                left.push(elapsed);
            }
        }
        assert!(counted > Duration::from_secs(6), "not before {counted:?}");
        assert!(counted <= Duration::from_secs(20), "{counted:?}");
        assert!(
            left[0] >= counted + GRACE && left[0] <= Duration::from_secs(30),
            "{left:?}"
        );
        // Ann is here.
        assert_eq!(net.known(0), BTreeMap::from([(ann, 1)]));
    }
}

#[test]
fn while_the_bus_does_not_carry_nobody_is_gone() {
    let mut net = Net::of(2);
    net.join(0, &name(0));
    net.join(1, &name(1));
    net.settle();
    for nth in 0..2 {
        net.cut(nth);
    }
    net.wait(Duration::from_secs(3600), true);
    for nth in 0..2 {
        assert_eq!(net.known(nth).len(), 2);
    }
    for nth in 0..2 {
        net.heal(nth);
    }
    net.settle();
    net.wait(Duration::from_secs(60), true);
    for nth in 0..2 {
        assert_eq!(net.known(nth).len(), 2);
    }
}

#[test]
fn a_node_that_was_cut_off_is_gone_for_the_others_and_there_again_when_it_is_back() {
    let mut net = Net::of(2);
    net.join(0, &name(0));
    net.join(1, &name(1));
    net.settle();
    net.cut(1);
    net.wait(Duration::from_secs(30), true);
    assert_eq!(net.known(0).len(), 1);
    assert_eq!(net.known(1).len(), 2, "it cannot know that");
    net.heal(1);
    net.settle();
    assert_eq!(net.known(0).len(), 2);
}

#[test]
fn who_goes_on_on_another_node_has_never_left() {
    let mut net = Net::of(2);
    let ann = name(0);
    net.join(0, &ann);
    net.join(1, &name(1));
    net.settle();
    net.tell(1);
    net.leave(0, 0);
    net.settle();
    net.wait(GRACE / 2, true);
    net.join(1, &ann);
    net.settle();
    net.wait(GRACE * 3, true);
    for nth in 0..2 {
        let pending = &mut net.nodes[nth].as_mut().unwrap().pending;
        let batch = pending.take();
        assert_eq!(batch.filter(|batch| !batch.left.is_empty()), None);
        assert_eq!(net.known(nth).len(), 2);
    }
}

#[test]
fn a_node_that_comes_finds_who_is_in_the_grace() {
    let mut net = Net::of(1);
    net.join(0, &name(0));
    net.leave(0, 0);
    net.start(1);
    assert_eq!(
        net.totals(1),
        Totals {
            users: 1,
            connections: 0
        }
    );
    net.wait(GRACE, true);
    assert_eq!(net.totals(1), Totals::default());
}

#[test]
fn a_large_group_goes_in_pieces() {
    let mut net = Net::of(1);
    for number in 0..900 {
        net.join(0, &format!("{number:0200}").into());
    }
    net.settle();
    net.start(1);
    assert_eq!(net.totals(1).connections, 900);
    let pieces = |message: &Message| match message {
        Message::Whole(whole) => whole.piece.1,
        _ => 0,
    };
    let group = Arc::clone(&net.group);
    let told = net.with(0, |process, now| {
        process.groups.failed(&group);
        process.groups.retry();
        process.groups.take(now, 1)
    });
    let told = told.unwrap();
    assert!(told.len() > 3);
    for (_, message) in told {
        assert!(pieces(&message) > 3);
        assert!(message.encode(NodeId::known(1)).unwrap().len() < 64 * 1024);
    }
}

#[test]
fn a_group_that_nobody_needs_is_forgotten() {
    let mut net = Net::of(1);
    let group = Arc::clone(&net.group);
    net.join(0, &name(0));
    net.wait(Duration::from_secs(120), true);
    let forgotten = |net: &mut Net| {
        let now = net.now;
        net.with(0, |process, _| process.groups.tick(now)).unwrap()
    };
    net.with(0, |process, _| process.groups.let_go(&group));
    assert_eq!(forgotten(&mut net), [], "somebody is in it");
    net.leave(0, 0);
    net.settle();
    assert_eq!(forgotten(&mut net), [], "somebody is in the grace");
    net.wait(GRACE, true);
    assert_eq!(net.totals(0), Totals::default());
    net.with(0, |process, now| process.groups.hold(now, &group));
    net.with(0, |process, _| process.groups.let_go(&group));
    assert_eq!(forgotten(&mut net), [], "it was just looked at");
    net.now += Duration::from_secs(60);
    assert_eq!(forgotten(&mut net), [group]);
}

#[test]
fn what_goes_is_told_in_pieces_too() {
    let mut net = Net::of(1);
    let group = Arc::clone(&net.group);
    let told = net.with(0, |process, now| {
        for number in 0..10_000 {
            let connection = ConnectionId::known(10_000_000 + number);
            let entry = Entry {
                user: name(0),
                connection,
                meta: "0".into(),
                resume: false,
            };
            process.groups.enter(now, &group, entry).unwrap();
            process.groups.exit(now, &group, connection);
        }
        process.groups.take(now, 1)
    });
    let told = told.unwrap();
    assert!(told.len() > 3);
    for (_, message) in told {
        assert!(message.encode(NodeId::known(1)).unwrap().len() < 64 * 1024);
    }
}

#[test]
fn many_greetings_are_answered_once_and_many_gaps_ask_once() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    let other = net.nodes[0].as_ref().unwrap().id;
    let told = net.with(1, |process, now| {
        for _ in 0..1000 {
            let hello = Message::Beat(Beat {
                hello: true,
                ..Beat::default()
            });
            process.groups.hear(now, None, other, hello);
            process
                .groups
                .missed(Some(std::slice::from_ref(&group)), true);
            process.groups.missed(None, true);
        }
        process.groups.take(now, 10).len()
    });
    assert_eq!(told, Some(2), "a sign of life and a question");
}

#[test]
fn a_group_that_is_forgotten_while_its_last_word_is_under_way_leaves_nobody_behind() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    net.join(0, &name(0));
    net.join(1, &name(1));
    net.settle();
    net.with(1, |process, _| process.groups.let_go(&group));
    net.wait(Duration::from_secs(120), true);
    net.leave(1, 0);
    net.now += GRACE + Duration::from_millis(1);
    net.begin(1);
    let now = net.now;
    let forgotten = net.with(1, |process, _| process.groups.tick(now));
    assert_eq!(forgotten, Some(vec![group]));
    net.end(1, false);
    // So is the sign of life that would have shown it.
    net.with(1, |process, now| process.groups.take(now, 10));
    net.settle();
    net.wait(Duration::from_secs(20), true);
    assert_eq!(net.known(0).len(), 1);
}

#[test]
fn what_makes_no_sense_harms_nobody() {
    let mut net = Net::of(1);
    let group = Arc::clone(&net.group);
    let (one, other) = (NodeId::known(77), NodeId::known(78));
    for piece in [(0, 0), (0, usize::MAX), (usize::MAX, usize::MAX), (1, 0)] {
        for number in [0, 1, 1 << 53] {
            net.with(0, |process, now| {
                let set = vec![(
                    ConnectionId::known(1),
                    Said {
                        user: name(2),
                        meta: "0".into(),
                        said: u64::MAX,
                    },
                )];
                let whole = Whole {
                    number,
                    piece,
                    set: set.clone(),
                    leaving: vec![(name(3), "0".into(), Duration::MAX)],
                };
                let part = Part {
                    number,
                    after: u64::MAX,
                    set,
                    gone: Vec::new(),
                };
                let beat = Beat {
                    number,
                    hello: true,
                    told: BTreeMap::from([(group.to_string(), number)]),
                };
                let groups = &mut process.groups;
                groups.hear(now, Some(&group), one, Message::Whole(whole));
                groups.hear(now, Some(&group), other, Message::Part(part));
                groups.hear(now, None, other, Message::Beat(beat));
            });
        }
    }
    net.join(0, &name(0));
    net.join(0, &name(0));
    assert_eq!(net.known(0)[&name(0)], 2);
    net.wait(Duration::from_secs(60), true);
    assert_eq!(net.known(0).len(), 1, "those who have said it are gone");
}

#[test]
fn that_there_was_nothing_does_not_take_away_what_has_come_since() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    let [one, other] = [0, 1].map(|nth: usize| net.nodes[nth].as_ref().unwrap().id);
    net.with(1, |process, _| process.groups.inquire(&group));
    net.begin(1);
    net.end(1, true);
    while net.under_way.contains_key(&(other, one, Audience::All)) {
        net.deliver(0);
    }
    net.begin(0);
    net.end(0, true);
    net.join(0, &name(0));
    net.begin(0);
    net.end(0, true);
    // Another topic, which may be faster.
    let ways: Vec<_> = net.under_way.keys().cloned().collect();
    let of_group = |(_, to, audience): &(NodeId, NodeId, Audience)| {
        *to == other && matches!(audience, Audience::Group(_))
    };
    net.deliver(ways.iter().position(of_group).unwrap());
    net.settle();
    assert_eq!(net.known(1), net.truth());
}

#[test]
fn what_is_told_of_a_group_that_was_forgotten_takes_the_place_of_what_was_told_before() {
    let mut net = Net::of(2);
    let group = Arc::clone(&net.group);
    net.join(0, &name(0));
    net.settle();
    net.leave(0, 0);
    net.speak(0);
    // Without a word.
    net.lose(1);
    net.with(0, |process, now| {
        process.groups.let_go(&group);
        process.groups.sweep(now + GRACE, &group);
        assert_eq!(process.groups.tick(now + LONG), [Arc::clone(&group)]);
    });
    net.join(0, &name(1));
    net.begin(0);
    net.with(0, |process, _| {
        process
            .begun
            .retain(|(audience, _)| matches!(audience, Audience::Group(_)));
    });
    net.end(0, true);
    while net.deliver(0) {}
    assert_eq!(net.known(1), net.truth());
}

/// Longer than anything is looked at.
const LONG: Duration = Duration::from_secs(3600);
