//! What the clients do.

use std::{fmt, str::FromStr};

use crate::job::RING;

/// What the clients do, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Each client keeps so many messages unanswered: `echo 50x16`.
    Echo {
        /// How many connections.
        connections: usize,
        /// How many messages of each are on the way at once.
        outstanding: usize,
    },
    /// One client sends to all, and lets so many messages be on the way at once: `fanout 1000x8`.
    FanOut {
        /// How many connections, the sender among them.
        members: usize,
        /// How many broadcasts are on the way at once.
        in_flight: usize,
    },
    /// As [`FanOut`](Self::FanOut), but every fifth member hardly reads, and messages are long: `slow 1000x1`.
    Slow {
        /// How many connections, the sender and the slow among them.
        members: usize,
        /// How many broadcasts are on the way at once.
        in_flight: usize,
    },
    /// All clients say one thing and are silent then: `idle 10000`.
    Idle {
        /// How many connections.
        connections: usize,
    },
    /// So many clients come, say one thing and go, 64 at a time: `connect 10000`.
    Connect {
        /// How many connections.
        connections: usize,
    },
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo {
                connections,
                outstanding,
            } => write!(f, "echo {connections}x{outstanding}"),
            Self::FanOut { members, in_flight } => write!(f, "fanout {members}x{in_flight}"),
            Self::Slow { members, in_flight } => write!(f, "slow {members}x{in_flight}"),
            Self::Idle { connections } => write!(f, "idle {connections}"),
            Self::Connect { connections } => write!(f, "connect {connections}"),
        }
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of = |kind: &str, size: &str| {
            let mut numbers = size.split('x').map(|number| number.parse::<usize>().ok());
            let first = numbers.next().flatten().filter(|count| *count > 0)?;
            let second = numbers.next();
            let at_once = second.flatten().filter(|count| (1..=RING).contains(count));
            let scenario = match (kind, second, at_once) {
                ("echo", _, Some(outstanding)) => Self::Echo {
                    connections: first,
                    outstanding,
                },
                ("fanout", _, Some(in_flight)) => Self::FanOut {
                    members: first,
                    in_flight,
                },
                ("slow", _, Some(in_flight)) if first > 1 => Self::Slow {
                    members: first,
                    in_flight,
                },
                ("idle", None, _) => Self::Idle { connections: first },
                ("connect", None, _) => Self::Connect { connections: first },
                _ => return None,
            };
            numbers.next().is_none().then_some(scenario)
        };
        let scenario = text.split_once(' ').and_then(|(kind, size)| of(kind, size));
        scenario.ok_or_else(|| {
            format!(
                "`{text}` is none of `echo 50x16`, `fanout 1000x8`, `slow 1000x1`, `idle 10000`, `connect 10000`; \
                 at most {RING} at once"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_read_as_they_are_shown() {
        for text in [
            "echo 50x16",
            "fanout 1000x8",
            "slow 1000x1",
            "idle 10000",
            "connect 10000",
        ] {
            assert_eq!(text.parse::<Scenario>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "echo",
            "echo 5",
            "echo 0x1",
            "echo 5x0",
            "echo 5x257",
            "echo 5x1x1",
            "idle 5x1",
            "connect 5x1",
            "slow 5",
            "slow 1x1",
            "fan 5x1",
        ] {
            assert!(text.parse::<Scenario>().is_err(), "{text}");
        }
    }
}
