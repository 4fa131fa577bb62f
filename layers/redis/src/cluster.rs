//! Which node of a cluster has which slots, and what changes when that does.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc, time::Duration};

use realtime_runtime::broker::Gap;
use redis::{ConnectionAddr, ConnectionInfo, RedisResult, Value};
use tokio::time::{sleep, timeout};

use crate::{
    endpoint::{Dialer, Endpoint, at, unexpected, within},
    link::Link,
    router::{SLOTS, slot},
    shared::{Shared, reason},
};

/// Not sooner after it was looked at does anybody look again: while slots move, every command may ask for it.
const PAUSE: Duration = Duration::from_millis(200);
/// How often it is looked at while something is wrong.
const TROUBLED: Duration = Duration::from_millis(500);

/// The masters by their address, and their slots.
pub(crate) type Topology = BTreeMap<(String, u16), Vec<RangeInclusive<usize>>>;

/// Asks the nodes, one after the other, until one answers.
pub(crate) async fn look(nodes: &[ConnectionInfo], dialer: &Dialer) -> RedisResult<Topology> {
    let mut failed = None;
    for node in nodes {
        match within(ask(node, dialer)).await {
            Ok(topology) => return Ok(topology),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| unexpected("there are no nodes")))
}

async fn ask(node: &ConnectionInfo, dialer: &Dialer) -> RedisResult<Topology> {
    let mut connection = dialer.connect(node, |_| {}).await?;
    let slots = redis::cmd("CLUSTER")
        .arg("SLOTS")
        .query_async(&mut connection)
        .await?;
    let host = match node.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
        _ => return Err(unexpected("a node of a cluster is at a host and a port")),
    };
    parse(slots, host).ok_or_else(|| unexpected("the slots of a cluster cannot be read"))
}

/// `host` is the one that has answered: it may leave out its own.
fn parse(slots: Value, host: &str) -> Option<Topology> {
    let Value::Array(ranges) = slots else {
        return None;
    };
    let mut topology = Topology::new();
    for range in ranges {
        let Value::Array(parts) = range else {
            return None;
        };
        let [
            Value::Int(first),
            Value::Int(last),
            Value::Array(master),
            ..,
        ] = &parts[..]
        else {
            return None;
        };
        let [name, Value::Int(port), ..] = &master[..] else {
            return None;
        };
        let name = match name {
            Value::BulkString(name) if name == b"?" => continue,
            Value::BulkString(name) if !name.is_empty() => String::from_utf8(name.clone()).ok()?,
            _ => host.to_owned(),
        };
        let (first, last) = (usize::try_from(*first).ok()?, usize::try_from(*last).ok()?);
        if last >= SLOTS {
            return None;
        }
        let master = (name, u16::try_from(*port).ok()?);
        topology.entry(master).or_default().push(first..=last);
    }
    (!topology.is_empty()).then_some(topology)
}

/// Follows the cluster until it is aborted.
pub(crate) async fn follow(shared: Arc<Shared>, seeds: Vec<ConnectionInfo>) {
    loop {
        let mut nodes = {
            let router = shared
                .router
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            // Those that answer are asked first.
            let mut known: Vec<_> = router.links[1..].iter().collect();
            fastrand::shuffle(&mut known);
            known.sort_by_key(|link| !link.is_up());
            known
                .into_iter()
                .filter_map(|link| link.server().cloned())
                .collect::<Vec<_>>()
        };
        nodes.extend(seeds.iter().cloned());
        match look(&nodes, &shared.dialer).await {
            Ok(topology) => apply(&shared, &seeds[0], &topology),
            Err(error) => {
                let reason = &*reason(&error);
                tracing::debug!(reason, "no node of the Redis cluster answers");
            }
        }
        sleep(PAUSE).await;
        let is_up = shared.health() == realtime_runtime::broker::Health::Up;
        let wait = if is_up {
            shared.settings.probe
        } else {
            TROUBLED
        };
        // It has been asked for, or it is time.
        let _ = timeout(wait, shared.look.notified()).await;
    }
}

/// Has the links be those of a topology: topics whose node has changed move, and have a gap until they are confirmed there.
pub(crate) fn apply(shared: &Arc<Shared>, like: &ConnectionInfo, topology: &Topology) {
    let tell = shared.telling();
    let mut router = shared
        .router
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if router.closed {
        return;
    }
    let mut links = vec![router.links[0].clone()];
    let mut slots = vec![0; SLOTS];
    let mut started = Vec::new();
    for ((host, port), ranges) in topology {
        let info = at(like, host, *port);
        let has = |slot: usize| ranges.iter().any(|range| range.contains(&slot));
        let stays = router.links[1..].iter().find(|link| {
            let same = link
                .server()
                .is_some_and(|server| server.addr() == info.addr());
            same && link.probe_channel().is_none_or(|probe| has(slot(probe)))
        });
        let link = stays.cloned().unwrap_or_else(|| {
            let probe = probe_in(&shared.settings.prefix, has);
            let (link, jobs) = Link::new(Endpoint::Server(info), probe, shared.settings.waiting);
            started.push((link.clone(), jobs));
            link
        });
        for range in ranges {
            slots[range.clone()].fill(links.len());
        }
        links.push(link);
    }
    let is_same = router.links.len() == links.len()
        && router
            .links
            .iter()
            .zip(&links)
            .all(|(a, b)| Arc::ptr_eq(a, b))
        && router.slots == slots;
    if is_same {
        return;
    }
    tracing::info!(masters = topology.len(), "the Redis cluster has changed");
    let before = std::mem::replace(&mut router.links, links);
    router.slots = slots;
    let mut moved = Vec::new();
    for link in &before {
        let given = link
            .topics()
            .give_up(|topic| !Arc::ptr_eq(router.link(&shared.channel(topic)), link));
        for topic in given {
            let now = router.link(&shared.channel(&topic));
            now.topics().adopt(&topic);
            now.wake();
            moved.push(topic);
        }
    }
    for link in &before {
        if !router.links.iter().any(|stays| Arc::ptr_eq(stays, link)) {
            link.stop();
        }
    }
    for (link, jobs) in started {
        link.start(shared, jobs);
    }
    drop(router);
    tell.gap(Gap {
        topics: Some(moved),
        over: false,
    });
}

/// A channel of this node's own in one of some slots.
fn probe_in(prefix: &str, has: impl Fn(usize) -> bool) -> Option<String> {
    let own = probe_channel(prefix);
    let numbered = |number| format!("{own}:{number}");
    // Where the prefix has braces all channels are in one slot, and most nodes have none.
    let is_fixed = (1..4).all(|number| slot(&numbered(number)) == slot(&numbered(0)));
    let tries = if is_fixed { 1 } else { 20 * SLOTS };
    (0..tries).map(numbered).find(|channel| has(slot(channel)))
}

/// A channel of this node's own, which no topic can have.
pub(crate) fn probe_channel(prefix: &str) -> String {
    format!("{prefix}~probe:{:032x}", fastrand::u128(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: &str, port: i64) -> Value {
        Value::Array(vec![
            Value::BulkString(host.into()),
            Value::Int(port),
            Value::BulkString("id".into()),
        ])
    }

    fn range(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        let mut parts = vec![Value::Int(first), Value::Int(last)];
        parts.extend(nodes);
        Value::Array(parts)
    }

    #[test]
    fn slots_are_read_by_master() {
        let slots = Value::Array(vec![
            range(0, 10, vec![node("a", 1), node("b", 2)]),
            range(11, 20, vec![node("", 3)]),
            range(30, 30, vec![node("a", 1)]),
            range(31, 40, vec![node("?", 4)]),
        ]);
        let topology = parse(slots, "asked").unwrap();
        let expected = [
            (("a".to_owned(), 1), vec![0..=10, 30..=30]),
            (("asked".to_owned(), 3), vec![11..=20]),
        ];
        assert_eq!(topology, expected.into());
    }

    #[test]
    fn what_is_not_slots_is_refused() {
        assert_eq!(parse(Value::Nil, "a"), None);
        assert_eq!(parse(Value::Array(vec![]), "a"), None);
        let beyond = Value::Array(vec![range(0, 16384, vec![node("a", 1)])]);
        assert_eq!(parse(beyond, "a"), None);
    }

    #[test]
    fn a_probe_is_in_a_slot_of_its_node() {
        let probe = probe_in("app", |slot| slot == 77).unwrap();
        assert_eq!(slot(&probe), 77);
        assert_eq!(probe_in("{app}", |slot| slot == 77), None);
    }
}
