//! Every event that a bench sends is in every member's outbox, and who joined and left gets none.

use bench_micro::{
    members::{Members, ROOM},
    messages::{Broadcast, sized},
};

#[test]
fn each_member_gets_each_event_once() {
    for count in [0, 1, 10, 1_000] {
        let members = Members::new(count);
        let event: Broadcast = sized("broadcast", 100);
        for _ in 0..16 {
            members.send(event.clone()).unwrap();
        }
        assert_eq!(members.drain(), 16 * count);
        assert_eq!(members.drain(), 0);
        members.send(event).unwrap();
        assert_eq!(members.drain(), count);
    }
}

#[test]
fn an_outbox_has_the_room_that_is_said() {
    let members = Members::new(1);
    let event: Broadcast = sized("broadcast", 100);
    for _ in 0..ROOM {
        members.send(event.clone()).unwrap();
    }
    assert_eq!(members.drain(), ROOM);
}

#[test]
fn who_joined_gets_events_until_it_leaves() {
    let members = Members::new(2);
    let newcomer = members.newcomer();
    let event: Broadcast = sized("broadcast", 100);
    for _ in 0..2 {
        newcomer.join(members.group()).unwrap();
        members.send(event.clone()).unwrap();
        assert_eq!(newcomer.drain(), 1);
        newcomer.leave(members.group());
        members.send(event.clone()).unwrap();
        assert_eq!(newcomer.drain(), 0);
    }
}
