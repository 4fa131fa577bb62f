use std::fmt;

use serde::Serialize;

use super::verdict::{Flow, Semver, Side, Verdict};

/// One difference between two documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The kind of the change, for programs: `field-removed`.
    pub rule: &'static str,
    /// A JSON pointer after `#`: into the new document, or into the old one where something is gone.
    pub path: String,
    /// Which way it goes, where it is a frame.
    pub flow: Option<Flow>,
    /// What has changed.
    pub sentence: String,
    /// Whether clients of the old document get along with a server of the new one.
    pub client: Verdict,
    /// Whether servers of the old document get along with clients of the new one.
    pub server: Verdict,
}

impl Change {
    /// The verdict for one side.
    pub fn verdict(&self, side: Side) -> Verdict {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

/// All differences between two documents. Its `Display` is a table for the terminal, its `Serialize` is for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    changes: Vec<Change>,
    versions: [String; 2],
}

impl Report {
    pub(super) fn new(mut changes: Vec<Change>, old_version: &str, new_version: &str) -> Self {
        let worst = |change: &Change| {
            let both = [change.client, change.server];
            std::cmp::Reverse((change.client, both))
        };
        changes.sort_by_key(worst);
        Self {
            changes,
            versions: [old_version.to_owned(), new_version.to_owned()],
        }
    }

    /// The changes, what breaks clients first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether both documents say the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The worst verdict for one side; `None` where nothing has changed.
    pub fn verdict(&self, side: Side) -> Option<Verdict> {
        self.changes.iter().map(|change| change.verdict(side)).max()
    }

    /// The part of the version that the changes ask for, as one side sees it.
    ///
    /// `info.version` is a promise to clients, so as a rule theirs is the one to go by.
    pub fn semver(&self, side: Side) -> Semver {
        self.verdict(side).into()
    }

    /// What `info.version` was raised by; `None` where one of the versions is none that can be compared.
    pub fn raised(&self) -> Option<Semver> {
        let [old, new] = [number(&self.versions[0])?, number(&self.versions[1])?];
        Some(
            match old.iter().zip(&new).position(|(old, new)| old != new) {
                None => Semver::None,
                // Before 1.0.0 the second number does what the first one does after it.
                Some(0) => Semver::Major,
                Some(1) if old[0] == 0 => Semver::Major,
                Some(1) => Semver::Minor,
                Some(_) if old[0] == 0 => Semver::Minor,
                Some(_) => Semver::Patch,
            },
        )
    }

    /// Whether `info.version` was raised by as much as the changes ask for; `true` where that cannot be told.
    pub fn is_raised_enough(&self, side: Side) -> bool {
        self.raised()
            .is_none_or(|raised| raised >= self.semver(side))
    }
}

/// The three numbers of a version, without what may stand before and behind.
fn number(version: &str) -> Option<[u64; 3]> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let numbers = version.split(['-', '+']).next()?;
    let mut parsed = [0; 3];
    for (index, part) in numbers.split('.').enumerate() {
        *parsed.get_mut(index)? = part.parse().ok()?;
    }
    Some(parsed)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing has changed\n");
        }
        writeln!(f, "{:<12}{:<12}change", "clients", "servers")?;
        for change in &self.changes {
            let flow = change.flow.map(|flow| format!(" ({flow})"));
            writeln!(
                f,
                "{:<12}{:<12}{}{}\n{:24}{}",
                change.client,
                change.server,
                change.sentence,
                flow.unwrap_or_default(),
                "",
                change.path
            )?;
        }
        writeln!(
            f,
            "\nsemver: {} for clients, {} for servers",
            self.semver(Side::Client),
            self.semver(Side::Server)
        )?;
        let [old, new] = &self.versions;
        if !self.is_raised_enough(Side::Client) {
            if old == new {
                write!(f, "info.version is still {old}")?;
            } else {
                write!(f, "info.version goes from {old} to {new}")?;
            }
            let asked = self.semver(Side::Client);
            writeln!(f, ", and the changes ask for a {asked} step")?;
        }
        Ok(())
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Sides {
            client: Semver,
            server: Semver,
        }
        #[derive(Serialize)]
        struct Versions<'a> {
            old: &'a str,
            new: &'a str,
            raised: Option<Semver>,
            enough: bool,
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            semver: Sides,
            version: Versions<'a>,
            changes: &'a [Change],
        }
        Whole {
            semver: Sides {
                client: self.semver(Side::Client),
                server: self.semver(Side::Server),
            },
            version: Versions {
                old: &self.versions[0],
                new: &self.versions[1],
                raised: self.raised(),
                enough: self.is_raised_enough(Side::Client),
            },
            changes: &self.changes,
        }
        .serialize(serializer)
    }
}
