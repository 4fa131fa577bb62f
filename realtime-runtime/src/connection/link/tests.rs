//! Order, room and ends of an outbox.

use bytes::Bytes;

use super::*;

fn link(limits: Limits) -> Arc<Link> {
    Link::for_test(limits)
}

fn frames(name: &'static str) -> Frames {
    Frames {
        bytes: Bytes::from_static(name.as_bytes()),
        count: 1,
        signals: 0,
        cause: Cause::NONE,
    }
}

/// What the outbox holds, in the order in which it goes out.
fn order(link: &Link) -> Vec<String> {
    std::iter::from_fn(|| match link.take(false) {
        Taken::Item(Item::Frames(frames) | Item::Own { frames, .. }) => {
            Some(String::from_utf8_lossy(&frames.bytes).into_owned())
        }
        _ => None,
    })
    .collect()
}

#[test]
fn what_an_event_handler_sends_goes_before_what_was_pushed_after_the_event() {
    let link = link(Limits::default());
    link.push(Item::Frames(frames("pushed")));
    link.push_own(frames("sent"), true, Rank::Before);
    link.push_own(frames("returned"), false, Rank::Before);
    assert_eq!(order(&link), ["sent", "returned", "pushed"]);
}

#[test]
fn what_handlers_send_keeps_its_own_order() {
    let link = link(Limits::default());
    link.push_own(frames("1"), true, Rank::Before);
    link.push(Item::Frames(frames("published")));
    link.push_own(frames("2"), false, Rank::After);
    link.push_own(frames("3"), true, Rank::Before);
    link.push_own(frames("4"), false, Rank::After);
    assert_eq!(order(&link), ["1", "published", "2", "3", "4"]);
}

#[test]
fn a_reply_has_room_of_its_own_and_what_is_sent_beside_it_has_not() {
    let limits = Limits {
        outbox_messages: 1,
        ..Limits::default()
    };
    let link = link(limits);
    assert_eq!(
        link.push_own(frames("1"), false, Rank::After),
        Pushed::Queued
    );
    assert_eq!(
        link.push_own(frames("2"), true, Rank::After),
        Pushed::Queued
    );
    assert_eq!(
        link.push_own(frames("3"), false, Rank::After),
        Pushed::Queued
    );
    assert_eq!(link.push_own(frames("4"), true, Rank::After), Pushed::Full);
}

#[test]
fn after_the_end_nothing_is_kept() {
    let link = link(Limits::default());
    link.close_gently(CloseCode::NORMAL, "done");
    link.end();
    assert_eq!(
        link.push_own(frames("late"), true, Rank::After),
        Pushed::Gone
    );
    link.close(CloseCode::FORBIDDEN, "late");
    assert_eq!(
        link.push_own(frames("late"), false, Rank::Before),
        Pushed::Gone
    );
}

#[test]
fn after_the_end_no_group_is_joined() {
    let link = link(Limits::default());
    let group = Arc::from("group");
    assert_eq!(link.enter(&group), Some(true));
    assert_eq!(link.leave_all().len(), 1);
    assert_eq!(link.enter(&group), Some(false));
    assert!(!link.leave(&group));
}

#[test]
fn a_gentle_close_lets_out_what_the_handler_in_hand_still_sends() {
    let link = link(Limits::default());
    link.push(Item::Frames(frames("1")));
    link.close_gently(CloseCode::NORMAL, "done");
    assert_eq!(
        link.push_own(frames("2"), false, Rank::After),
        Pushed::Queued
    );
    assert_eq!(link.push(Item::Frames(frames("3"))), Pushed::Gone);
    assert_eq!(order(&link), ["1", "2"]);
}

/// What tells the client, when it is done, that it is.
fn telling(link: &Arc<Link>) -> Cause {
    let (cause, _completion) = Cause::begin();
    cause.with_frame(Arc::clone(link), Form::Adjacent, "complete", None)
}

#[test]
fn the_end_of_what_caused_a_close_may_push_to_the_very_link() {
    let link = link(Limits::default());
    let cause = telling(&link);
    cause.enter(|| link.close_gently(CloseCode::NORMAL, "done"));
    drop(cause);
    // The former close goes, and with it the last of its cause.
    link.close(CloseCode::FORBIDDEN, "banned");

    let link = self::link(Limits::default());
    let cause = telling(&link);
    cause.enter(|| link.close_gently(CloseCode::NORMAL, "done"));
    drop(cause);
    link.end();
}

#[test]
fn what_says_that_something_is_done_has_room_of_its_own() {
    let limits = Limits {
        outbox_messages: 1,
        ..Limits::default()
    };
    let link = link(limits);
    for _ in 0..3 {
        link.push_signal(Form::Adjacent, "complete", None, Cause::NONE);
    }
    assert_eq!(link.push(Item::Frames(frames("1"))), Pushed::Queued);
    assert_eq!(link.push(Item::Frames(frames("2"))), Pushed::Full);
}
