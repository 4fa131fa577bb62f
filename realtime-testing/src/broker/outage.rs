//! Applications whose bus is down for a while. Whether their members are told of the gap is tested elsewhere.

use realtime_runtime::PublishError;

use super::{
    Bus, Fault,
    node::{eventually, within_2_s},
    room::{App, Room, Said, World, said},
};
use crate::Communicator;

/// While the bus is down members of the publisher's own node are served, once, those who come then as well; who sends is
/// told within 2 s.
pub async fn members_of_the_publishers_node_are_served_during_an_outage(mut bus: impl Bus) {
    let world = World::new();
    let one = App::on(&bus, &world).await;
    let mut ann = one.client("ann").await;
    let mut heard = Vec::new();
    bus.fail(Fault::Killed).await;
    let all = Room::all();
    let sent = within_2_s("to send", all.send(&one.layer, said(0))).await;
    assert_eq!(sent, Err(PublishError::Unavailable));
    let mut ben = within_2_s("to connect", one.client("ben")).await;
    for number in 1..10 {
        let sent = within_2_s("to send", all.send(&one.layer, said(number))).await;
        assert_eq!(sent, Err(PublishError::Unavailable));
    }
    bus.heal(Fault::Killed).await;
    eventually("it is sent", async || {
        all.send(&one.layer, said(10)).await.ok()
    })
    .await;
    until(&mut ann, &mut heard, 10).await;
    heard.dedup();
    assert_eq!(heard, (0..=10).collect::<Vec<_>>());
    let mut heard = Vec::new();
    until(&mut ben, &mut heard, 10).await;
    heard.dedup();
    assert_eq!(heard, (1..=10).collect::<Vec<_>>());
}

/// Sockets of all nodes stay open while the bus is down, and when it is back they hear what other nodes send.
pub async fn sockets_stay_open_through_an_outage(mut bus: impl Bus) {
    let world = World::new();
    let (one, two) = (App::on(&bus, &world).await, App::on(&bus, &world).await);
    let (mut ann, mut ben) = (one.client("ann").await, two.client("ben").await);
    let mut cat = two.client("cat").await;
    bus.fail(Fault::Killed).await;
    let all = Room::all();
    let sent = all.send(&one.layer, said(0)).await;
    assert_eq!(sent, Err(PublishError::Unavailable));
    bus.heal(Fault::Killed).await;
    // The first may be sent before the other node listens again.
    let mut number = 0;
    let mut heard = Vec::new();
    eventually("what is sent is heard", async || {
        number += 1;
        all.send(&one.layer, said(number)).await.ok()?;
        heard.extend(ben.messages::<Said>());
        (!heard.is_empty()).then_some(())
    })
    .await;
    for further in 1..=100 {
        let event = said(number + further);
        all.send(&one.layer, event).await.unwrap();
    }
    for member in [&mut ann, &mut ben, &mut cat] {
        let mut heard = Vec::new();
        until(member, &mut heard, number + 100).await;
        let expected: Vec<_> = (number + 1..=number + 100).collect();
        assert!(heard.ends_with(&expected), "{heard:?}");
        assert_eq!(member.closed(), None);
    }
}

/// Takes what is said, and nothing else that may come, up to a number.
async fn until(client: &mut Communicator, heard: &mut Vec<usize>, last: usize) {
    eventually(&format!("{last} is heard"), async || {
        let numbers = client.messages::<Said>().into_iter();
        heard.extend(numbers.map(|said| said.number));
        heard.contains(&last).then_some(())
    })
    .await;
}
