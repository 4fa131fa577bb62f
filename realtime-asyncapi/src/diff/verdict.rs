use std::fmt;

use serde::Serialize;

/// What a change does to one side; the greater the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Only people see it.
    Docs,
    /// Programs go on as before.
    Compatible,
    /// Programs that rely on the old document fail.
    Breaking,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Docs => "docs only",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        })
    }
}

/// Who was written for the old document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Whoever speaks to the server.
    Client,
    /// Whoever implements what the document says.
    Server,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// What clients send.
    ClientToServer,
    /// What the server sends, asked or not.
    ServerToClient,
}

impl Flow {
    pub(super) fn back(self) -> Self {
        match self {
            Self::ClientToServer => Self::ServerToClient,
            Self::ServerToClient => Self::ClientToServer,
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ClientToServer => "client → server",
            Self::ServerToClient => "server → client",
        })
    }
}

/// The part of a version that the changes ask for ([Semantic Versioning](https://semver.org/spec/v2.0.0.html)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Semver {
    /// Nothing has changed.
    None,
    /// Only the documentation has.
    Patch,
    /// There is something new, or something gone that nobody needs.
    Minor,
    /// Something breaks.
    Major,
}

impl From<Option<Verdict>> for Semver {
    fn from(worst: Option<Verdict>) -> Self {
        match worst {
            None => Self::None,
            Some(Verdict::Docs) => Self::Patch,
            Some(Verdict::Compatible) => Self::Minor,
            Some(Verdict::Breaking) => Self::Major,
        }
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// Whom a change on the wire breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breaks {
    Nobody,
    Clients,
    Servers,
    Both,
}

impl Breaks {
    pub(super) fn verdict(self, side: Side) -> Verdict {
        let breaks = match side {
            Side::Client => matches!(self, Self::Clients | Self::Both),
            Side::Server => matches!(self, Self::Servers | Self::Both),
        };
        if breaks {
            Verdict::Breaking
        } else {
            Verdict::Compatible
        }
    }
}

/// What a change does between whoever sends a frame and whoever receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    /// A sender of the old document and a receiver of the new one do not get along.
    pub(super) old_sender: bool,
    /// A sender of the new document and a receiver of the old one do not get along.
    pub(super) new_sender: bool,
}

impl Effect {
    /// Less is allowed than before.
    pub(super) const NARROWER: Self = Self::new(true, false);
    /// More is allowed than before.
    pub(super) const WIDER: Self = Self::new(false, true);
    /// Something else is allowed than before.
    pub(super) const OTHER: Self = Self::new(true, true);
    /// Both get along.
    pub(super) const NONE: Self = Self::new(false, false);

    pub(super) const fn new(old_sender: bool, new_sender: bool) -> Self {
        Self {
            old_sender,
            new_sender,
        }
    }

    /// From old and new, where less means narrower.
    pub(super) fn of_ordering(ordering: Option<std::cmp::Ordering>) -> Self {
        match ordering {
            Some(std::cmp::Ordering::Less) => Self::NARROWER,
            Some(std::cmp::Ordering::Greater) => Self::WIDER,
            Some(std::cmp::Ordering::Equal) => Self::NONE,
            None => Self::OTHER,
        }
    }

    pub(super) fn breaks(self, flow: Flow) -> Breaks {
        let (clients, servers) = match flow {
            Flow::ClientToServer => (self.old_sender, self.new_sender),
            Flow::ServerToClient => (self.new_sender, self.old_sender),
        };
        match (clients, servers) {
            (false, false) => Breaks::Nobody,
            (true, false) => Breaks::Clients,
            (false, true) => Breaks::Servers,
            (true, true) => Breaks::Both,
        }
    }
}
