//! What the load generator does, and how that is called.

/// What is measured unless said otherwise.
pub(super) const SCENARIOS: [&str; 8] = [
    "echo-50x1",
    "echo-50x16",
    "echo-1000x1",
    "fanout-1000x1",
    "fanout-1000x8",
    "slow-200x1",
    "idle-10000",
    "connect-10000",
];

/// The kinds, and whether something is there so many times at once.
const KINDS: [(&str, bool); 5] = [
    ("echo", true),
    ("fanout", true),
    ("slow", true),
    ("idle", false),
    ("connect", false),
];

/// What the load generator does, `echo-50x16`: the kind, how many connections, how many at once of what has that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) kind: &'static str,
    pub(super) connections: usize,
    at_once: Option<usize>,
}

impl Scenario {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, size) = text.split_once('-')?;
        let (connections, at_once) = match size.split_once('x') {
            Some((connections, at_once)) => (connections, Some(at_once.parse().ok()?)),
            None => (size, None),
        };
        let (kind, has_at_once) = KINDS.into_iter().find(|(name, _)| *name == kind)?;
        (at_once.is_some() == has_at_once).then_some(Self {
            kind,
            connections: connections.parse().ok().filter(|count| *count > 0)?,
            at_once,
        })
    }

    pub(super) fn size(&self) -> String {
        match self.at_once {
            Some(at_once) => format!("{}x{at_once}", self.connections),
            None => self.connections.to_string(),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.kind, self.size())
    }

    /// How many connections are open at the same time.
    pub(super) fn open(&self) -> usize {
        if self.kind == "connect" {
            self.connections.min(64)
        } else {
            self.connections
        }
    }

    /// What its figures are about.
    pub(super) fn unit(&self) -> &'static str {
        match self.kind {
            "idle" => "KiB per connection",
            "connect" => "µs per connection",
            "fanout" | "slow" => "µs per delivery",
            _ => "µs per message",
        }
    }

    /// In words.
    pub(super) fn story(&self) -> String {
        let Self {
            connections,
            at_once,
            ..
        } = self;
        let at_once = at_once.unwrap_or(1);
        match self.kind {
            "echo" => format!(
                "{connections} connections, each with {at_once} unanswered: the next is sent when one is answered."
            ),
            "fanout" => format!(
                "One of {connections} members sends to all, itself among them; {at_once} on the way at once, the next when all have \
                 the oldest."
            ),
            "slow" => format!(
                "One of {connections} members sends 4 KiB to all, {at_once} on the way at once, while every fifth member reads no \
                 more than 4 KiB in 100 ms. Deliveries are those to the others; who hardly reads may be closed."
            ),
            "idle" => format!(
                "{connections} connections that have each been answered once: growth of the server's resident memory."
            ),
            _ => format!(
                "{connections} connections that come and go, 64 at a time: handshake, one message answered, close and its answer. The \
                 latency is from connecting to the answer."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_read_as_they_are_named() {
        let others = ["fanout-10000x1", "idle-100000", "slow-1000x1", "connect-5"];
        for name in SCENARIOS.into_iter().chain(others) {
            assert_eq!(Scenario::read(name).unwrap().name(), name);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for name in [
            "echo-7",
            "slow-7",
            "idle-7x1",
            "connect-7x1",
            "idle-0",
            "echo-x1",
            "soak-7",
            "echo",
        ] {
            assert_eq!(Scenario::read(name), None, "{name}");
        }
    }

    #[test]
    fn those_who_come_and_go_are_not_all_there_at_once() {
        assert_eq!(Scenario::read("connect-10000").unwrap().open(), 64);
        assert_eq!(Scenario::read("idle-10000").unwrap().open(), 10_000);
    }
}
