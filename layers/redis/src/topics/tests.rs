use super::*;

fn is_settled(settled: &mut Settled) -> bool {
    settled.has_changed().is_err()
}

fn up() -> Topics {
    let mut topics = Topics::default();
    assert_eq!(topics.connected(), 0);
    topics
}

fn change(topic: &str, wanted: bool) -> Change {
    let topic = topic.into();
    Change { topic, wanted }
}

#[test]
fn it_settles_when_redis_has_confirmed() {
    let mut topics = up();
    let mut settled = topics.want("a").unwrap();
    let mut again = topics.want("a").unwrap();
    let changes = topics.take(9);
    assert_eq!(changes, [change("a", true)], "twice is once");
    assert!(!is_settled(&mut settled));
    topics.told(&changes);
    assert!(is_settled(&mut settled) && is_settled(&mut again));
    assert!(topics.want("a").is_none(), "it stands");
    topics.unwant("a");
    let changes = topics.take(9);
    assert_eq!(changes, [change("a", false)]);
    topics.told(&changes);
    assert!(topics.known.is_empty());
}

#[test]
fn the_last_call_counts_whatever_is_under_way() {
    let mut topics = up();
    topics.want("a");
    let first = topics.take(9);
    topics.unwant("a");
    let mut settled = topics.want("a").unwrap();
    topics.unwant("a");
    topics.told(&first);
    assert!(!is_settled(&mut settled));
    let second = topics.take(9);
    assert_eq!(second, [change("a", false)]);
    let mut anew = topics.want("a").unwrap();
    topics.told(&second);
    assert!(!is_settled(&mut anew), "it does not stand any more");
    let third = topics.take(9);
    assert_eq!(third, [change("a", true)]);
    topics.told(&third);
    assert!(is_settled(&mut anew) && is_settled(&mut settled));
}

#[test]
fn wanted_and_not_within_one_round_is_nothing() {
    let mut topics = up();
    let mut settled = topics.want("a").unwrap();
    topics.unwant("a");
    assert!(is_settled(&mut settled));
    assert_eq!(topics.take(9), []);
    assert!(topics.known.is_empty());
}

#[test]
fn a_lost_connection_settles_all_and_its_successor_begins_anew() {
    let mut topics = up();
    topics.want("a");
    let changes = topics.take(9);
    topics.told(&changes);
    let mut waiting = topics.want("b").unwrap();
    topics.lost();
    assert!(is_settled(&mut waiting));
    assert!(topics.want("c").is_none(), "known to be down");
    topics.unwant("b");
    assert_eq!(topics.connected(), 2);
    let mut changes = topics.take(9);
    changes.sort_by(|a, b| a.topic.cmp(&b.topic));
    assert_eq!(changes, [change("a", true), change("c", true)]);
}

#[test]
fn one_that_is_late_has_a_gap_until_it_is_confirmed() {
    let mut topics = up();
    topics.want("a");
    assert!(topics.late("a"));
    assert!(!topics.late("a"), "told already");
    let changes = topics.take(9);
    assert_eq!(topics.told(&changes), [Arc::<str>::from("a")]);
    assert!(!topics.late("a") && !topics.late("b"));
}

#[test]
fn one_that_is_wanted_while_down_is_late_until_it_is_confirmed() {
    let mut topics = up();
    topics.lost();
    topics.want("a");
    assert!(topics.late("a"));
    topics.connected();
    let changes = topics.take(9);
    assert_eq!(topics.told(&changes), [Arc::<str>::from("a")]);
}

#[test]
fn a_topic_moves_with_its_gap() {
    let mut from = up();
    for name in ["a", "b"] {
        from.want(name);
    }
    let changes = from.take(9);
    from.told(&changes);
    assert_eq!(from.give_up(|name| name == "b"), [Arc::<str>::from("b")]);
    assert_eq!(from.wanted(), [Arc::<str>::from("a")]);
    let mut to = up();
    to.adopt("b");
    let changes = to.take(9);
    assert_eq!(to.told(&changes), [Arc::<str>::from("b")]);
}
