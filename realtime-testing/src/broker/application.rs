//! Applications of several nodes.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use bytes::Bytes;
use futures_util::future::join_all;
use realtime_runtime::{PublishError, broker::Broker, prelude::*};

use super::{
    Bus,
    node::{Node, eventually},
    room::{
        Answered, App, Asked, Done, Drawn, Hall, HeldUp, Room, Said, Shown, Told, World, join,
        leave, said,
    },
};

/// What is sent on any of three nodes is heard by the members of all, once, and in the order of who sends.
pub async fn members_of_all_nodes_hear_an_event_once_and_in_order(bus: impl Bus) {
    const EVENTS: usize = 200;
    let world = World::new();
    let (mut nodes, mut clients) = (Vec::new(), Vec::new());
    for name in ["ann", "ben", "cat"] {
        let node = App::on(&bus, &world).await;
        clients.push(node.client(name).await);
        nodes.push(node);
    }
    let sending = nodes.iter().enumerate().map(async |(of, node)| {
        for number in 0..EVENTS {
            let event = said(of * EVENTS + number);
            Room::all().send(&node.layer, event).await.unwrap();
        }
    });
    join_all(sending).await;
    for client in &mut clients {
        let mut next = [0, EVENTS, 2 * EVENTS];
        for _ in 0..3 * EVENTS {
            let Said { number } = client.next().await;
            let next = &mut next[number / EVENTS];
            assert_eq!(number, *next, "the next of its sender");
            *next += 1;
        }
    }
}

/// Of two members on one node and one on another one leaves: the others hear what follows. To send to nobody and to leave a
/// group twice is no error.
pub async fn who_has_left_hears_nothing(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    let mut cat = two.client("cat").await;
    let all = Room::all();
    let nobody = Room::group("nobody").send(&one.layer, said(0)).await;
    assert_eq!(nobody, Ok(()));
    for _ in 0..2 {
        assert_eq!(ben.request::<Done>(leave("all")).await, Ok(Done));
    }
    all.send(&one.layer, said(1)).await.unwrap();
    // Where one has heard it the other would have, too.
    for member in [&mut ann, &mut cat] {
        assert_eq!(member.next::<Said>().await, said(1));
    }
    assert_eq!(ben.request::<Done>(join("all")).await, Ok(Done));
    all.send(&one.layer, said(2)).await.unwrap();
    for member in [&mut ann, &mut ben, &mut cat] {
        assert_eq!(member.next::<Said>().await, said(2));
    }
}

/// What is sent to several groups at once is heard once by who is in two of them.
pub async fn who_is_in_two_groups_hears_an_event_once(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    for member in [&mut ann, &mut ben] {
        assert_eq!(member.request::<Done>(join("a")).await, Ok(Done));
    }
    let groups = [Room::all(), Room::group("a")];
    for number in 0..10 {
        let sending = Group::send_all(&groups, &one.layer, said(number));
        sending.await.unwrap();
    }
    for group in groups {
        group.send(&one.layer, said(100)).await.unwrap();
    }
    for member in [&mut ann, &mut ben] {
        let mut heard = Vec::new();
        while heard.iter().filter(|number| **number == 100).count() < 2 {
            heard.push(member.next::<Said>().await.number);
        }
        heard.retain(|number| *number != 100);
        heard.sort_unstable();
        assert_eq!(heard, (0..10).collect::<Vec<_>>());
    }
}

/// Ten members join and leave a group of their own fifty times each: when the join is answered, what another node sends
/// is heard, once. In the end no topic is left behind.
pub async fn who_has_joined_hears_all_that_follows(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let _ann = one.client("ann").await;
    let before = bus.topics().await;
    let joining = (0..10).map(async |member| {
        let mut client = two.client(&format!("ben {member}")).await;
        let (room, node) = (member.to_string(), &one.layer);
        let group = Room::group(&room);
        let mut late = BTreeSet::new();
        for time in 0..50 {
            assert_eq!(client.request::<Done>(join(&room)).await, Ok(Done));
            group.send(node, said(time)).await.unwrap();
            loop {
                let heard: Said = client.next().await;
                if heard == said(time) {
                    break;
                }
                // Sent before the join, it may come after it.
                assert!(late.remove(&heard.number), "{heard:?}");
            }
            assert_eq!(client.request::<Done>(leave(&room)).await, Ok(Done));
            late.insert(1000 + time);
            group.send(node, said(1000 + time)).await.unwrap();
        }
        client.disconnect().await;
    });
    join_all(joining).await;
    // The second node has a topic of its own since the first of them came.
    let expected = before.map(|topics| topics + 1);
    eventually("the topics of the rooms are left", async || {
        (bus.topics().await == expected).then_some(())
    })
    .await;
}

/// Groups of two consumers with the same key do not hear each other.
pub async fn groups_of_one_key_are_apart_by_consumer(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let mut in_room = two.client("ann").await;
    let mut in_hall = two.connect("/hall", "ben").await;
    for number in 0..10 {
        Room::all().send(&one.layer, said(number)).await.unwrap();
        let other = said(number + 100);
        Hall::all().send(&one.layer, other).await.unwrap();
    }
    for number in 0..10 {
        assert_eq!(in_room.next::<Said>().await, said(number));
        assert_eq!(in_hall.next::<Said>().await, said(number + 100));
    }
}

/// A handler with `self` runs for each member on its own node, with an event of its own.
pub async fn each_member_answers_for_itself(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let mut members = Vec::new();
    for (node, name) in [(&one, "ann"), (&one, "ben"), (&two, "cat"), (&two, "dan")] {
        members.push((name, node.client(name).await));
    }
    let by = "one".to_owned();
    let asked = Asked { by, number: 1 };
    Room::all().send(&one.layer, asked).await.unwrap();
    for (name, member) in &mut members {
        let answered: Answered = member.next().await;
        assert_eq!(answered.name, *name);
    }
}

/// What every node sends to an address comes to that connection, all of it and in order, and to no other.
pub async fn addresses_reach_their_connections_from_every_node(bus: impl Bus) {
    const EVENTS: usize = 100;
    let world = World::new();
    let names = ["ann", "ben", "cat"];
    let (mut nodes, mut clients) = (Vec::new(), Vec::new());
    for name in names {
        let node = App::on(&bus, &world).await;
        clients.push(node.client(name).await);
        nodes.push((name, node));
    }
    let sending = nodes.iter().map(async |(by, node)| {
        for number in 0..EVENTS {
            for name in names {
                let by = (*by).to_owned();
                let sending = world.address(name).send(&node.layer, Asked { by, number });
                sending.await.unwrap();
            }
        }
    });
    join_all(sending).await;
    for (name, client) in names.iter().zip(&mut clients) {
        let mut next = BTreeMap::new();
        for _ in 0..3 * EVENTS {
            let answered: Answered = client.next().await;
            assert_eq!(answered.name, *name);
            let next: &mut usize = next.entry(answered.by).or_default();
            assert_eq!(answered.number, *next, "the next of its sender");
            *next += 1;
        }
    }
}

/// Who is kicked on one node is closed on all of them, and who is asked again is asked on all; others stay.
pub async fn who_is_kicked_or_asked_again_is_so_on_all_nodes(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut anns, mut bens, mut cats) = (Vec::new(), Vec::new(), Vec::new());
    for node in [&one, &two] {
        anns.push(node.client("ann").await);
        bens.push(node.client("ben").await);
        cats.push(node.client("cat").await);
    }
    let kicked = two
        .realtime
        .kick(Target::user("ann"), CloseCode::UNAUTHENTICATED, "out");
    assert_eq!(kicked, 1, "those of this node are counted");
    for ann in &mut anns {
        assert_eq!(ann.assert_closed(CloseCode::UNAUTHENTICATED).await, "out");
    }
    world.ban("ben");
    one.realtime.recheck(Target::user("ben"));
    one.realtime.recheck(Target::user("cat"));
    for ben in &mut bens {
        ben.assert_closed(CloseCode::FORBIDDEN).await;
    }
    Room::all().send(&one.layer, said(1)).await.unwrap();
    for cat in &mut cats {
        assert_eq!(cat.next::<Said>().await, said(1));
    }
}

/// A member that reads nothing loses what no longer fits and is told so; members of its own node and of others miss nothing,
/// and who sends does not notice.
pub async fn a_full_member_hurts_only_itself(bus: impl Bus) {
    const EVENTS: usize = 200;
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    let mut cat = two.client("cat").await;
    ben.slow_reader();
    // More than its outbox takes, and what is between them.
    let text = "x".repeat(16 << 10);
    for _ in 0..EVENTS {
        let shown = Shown { text: text.clone() };
        Room::all().send(&one.layer, shown).await.unwrap();
        for member in [&mut ann, &mut cat] {
            assert_eq!(member.next::<Shown>().await.text.len(), text.len());
        }
    }
    let dropped = two.realtime.dropped_messages();
    assert!(dropped > 0, "it was not full");
    ben.read_on().await;
    let frames = ben.frames();
    let of = |tag: &str| frames.iter().filter(|frame| frame["action"] == tag).count();
    assert_eq!(of("shown") as u64 + dropped, EVENTS as u64);
    assert_eq!(of("gap"), 1);
    assert_eq!(one.realtime.dropped_messages(), 0);
}

/// A handler that hangs on one node delays neither the members of other nodes nor who sends.
pub async fn a_busy_handler_slows_no_other_node(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let three = App::on(&bus, &world).await;
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    let mut cat = three.client("cat").await;
    let (all, name) = (Room::all(), "ben".to_owned());
    all.send(&one.layer, HeldUp { name }).await.unwrap();
    let asked = |number| {
        let by = "one".to_owned();
        Asked { by, number }
    };
    for number in 0..500 {
        all.send(&one.layer, asked(number)).await.unwrap();
        for member in [&mut ann, &mut cat] {
            assert_eq!(member.next::<Answered>().await.number, number);
        }
    }
    assert_eq!(ben.messages::<Answered>(), [], "it is held up");
    world.gate.add_permits(1);
    for number in 0..500 {
        assert_eq!(ben.next::<Answered>().await.number, number);
    }
}

/// What is larger than the bus takes is an error for who sends; members of its own node have it. 1 MiB, less what says whom it
/// is for, passes.
pub async fn what_is_too_large_for_the_bus_is_an_error(bus: impl Bus) {
    let world = World::new();
    let limit = bus.node().await.capabilities().max_message_bytes;
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    let all = Room::all();
    let told = |bytes| {
        let text = "x".repeat(bytes);
        Told { text }
    };
    if let Some(limit) = limit {
        let sent = all.send(&one.layer, told(limit)).await;
        assert_eq!(sent, Err(PublishError::TooLarge));
        assert_eq!(ann.next::<Said>().await, said(limit));
    }
    let large = (1 << 20) - 1024;
    all.send(&one.layer, told(large)).await.unwrap();
    for member in [&mut ann, &mut ben] {
        assert_eq!(member.next::<Said>().await, said(large));
    }
}

/// What cannot be written as JSON is an error for who sends; members of its own node have it.
pub async fn what_is_no_json_is_an_error(bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    let pixels = BTreeMap::from([(vec![1, 2], 3)]);
    let sent = Room::all().send(&one.layer, Drawn { pixels }).await;
    assert_eq!(sent, Err(PublishError::NotJson));
    assert_eq!(ann.next::<Said>().await, said(1));
    Room::all().send(&one.layer, said(2)).await.unwrap();
    for member in [&mut ann, &mut ben] {
        assert_eq!(member.next::<Said>().await, said(2));
    }
}

/// What is on the bus and is no event, or none that is known here, is skipped: no socket closes, and what follows is heard.
pub async fn what_cannot_be_read_is_skipped(bus: impl Bus) {
    let world = World::new();
    let node = App::on(&bus, &world).await;
    let mut ann = node.client("ann").await;
    let raw = Node::on(&bus).await;
    let event = |version: u32, consumer: &str, event: &str| {
        let head = format!(r#"{{"v":{version},"from":"elsewhere","id":{version}"#);
        let to = r#""to":["room/room/all"]"#;
        format!(r#"{head},"consumer":"{consumer}",{to},"event":{event}}}"#)
    };
    let said_1 = r#"{"action":"said","payload":{"number":1}}"#;
    let messages = [
        String::new(),
        "{".to_owned(),
        "\0".to_owned(),
        "[]".to_owned(),
        r#"{"v":1}"#.to_owned(),
        event(9, "room", said_1),
        event(1, "nobody", said_1),
        event(1, "room", r#"{"action":"nothing"}"#),
        event(1, "room", r#"{"action":"said","payload":{}}"#),
        event(1, "room", r#"{"action":"said"}"#),
        event(1, "room", "1"),
    ];
    for topic in ["all", "g.room/room/all"] {
        for message in &messages {
            raw.publish(topic, message).await.unwrap();
        }
        let no_text = Bytes::from_static(b"\xff\xfe{}");
        raw.broker.publish(topic, no_text).await.unwrap();
    }
    // After them in the order of one publisher.
    let last = event(1, "room", r#"{"action":"said","payload":{"number":7}}"#);
    raw.publish("g.room/room/all", &last).await.unwrap();
    assert_eq!(ann.next::<Said>().await, said(7));
    assert_eq!(ann.closed(), None);
}

/// A thread without a runtime publishes 10,000 events, which a member of another node hears in order.
pub async fn code_that_is_not_async_publishes_to_all_nodes(bus: impl Bus) {
    const EVENTS: usize = 10_000;
    // A node drops what is more than 1024 ahead of it.
    const AHEAD: usize = 500;
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let mut ben = two.client("ben").await;
    let (go_on, gone_on) = std::sync::mpsc::channel();
    let layer = one.layer.clone();
    let publishing = thread::spawn(move || {
        for number in 0..EVENTS {
            if number % AHEAD == 0 {
                gone_on.recv().unwrap();
            }
            Room::all().try_publish(&layer, said(number)).unwrap();
        }
    });
    for number in 0..EVENTS {
        if number % AHEAD == 0 {
            go_on.send(()).unwrap();
        }
        assert_eq!(ben.next::<Said>().await, said(number));
    }
    publishing.join().unwrap();
}
