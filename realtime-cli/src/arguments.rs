//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use realtime_asyncapi::diff::{Report, Side, Verdict};
use realtime_asyncapi::{Format, Version};

const EXIT_STATUS: &str = "\
Exit status:
  0  all is well
  1  something is to be seen to: a stale copy, a fault, a change at or above --fail-on
  2  it could not be done: a file cannot be read, the package does not build, a wrong option";

/// Tools for typed WebSocket consumers
#[derive(Debug, Parser)]
#[command(name = "realtime", version, after_help = EXIT_STATUS)]
pub struct Realtime {
    /// What to work with.
    #[command(subcommand)]
    pub asyncapi: Asyncapi,
}

/// What to work with.
#[derive(Debug, Subcommand)]
pub enum Asyncapi {
    /// Work with the AsyncAPI document of an application
    #[command(after_help = EXIT_STATUS)]
    Asyncapi {
        /// What to do with it.
        #[command(subcommand)]
        command: Command,
    },
}

/// What to do with a document.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build a package and write its document
    Emit(Emit),
    /// Fail if a committed document is not what the build makes
    Check(Check),
    /// Say what changed between two documents, and what that breaks
    Diff(Diff),
    /// Show a document in the terminal, or write it as a client's
    View(View),
    /// Look for faults that the official JSON Schema does not see
    Validate(Validate),
}

/// `emit`
#[derive(Debug, Args)]
#[command(after_help = "\
The package's build script makes the document, and nothing else is asked of the package:

    // build.rs, with the crate that holds messages and consumers in [build-dependencies]
    fn main() -> Result<(), realtime_runtime::Error> {
        realtime_runtime::asyncapi::emit(&contract::mount(Realtime::builder()))?;
        Ok(())
    }

Examples:
  realtime asyncapi emit
  realtime asyncapi emit -p chat --output chat/asyncapi.json
  realtime asyncapi emit -p chat --format yaml | less
  realtime asyncapi emit -p chat -- --locked --offline")]
pub struct Emit {
    /// How to build it.
    #[command(flatten)]
    pub build: Build,
    /// How to write it; without it as the name of --output says, else JSON
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatName>,
    /// The version of AsyncAPI
    #[arg(long, value_enum, value_name = "VERSION", default_value = "3.0.0")]
    pub spec: Spec,
    /// Write the document as a client's: what the server receives is sent
    #[arg(long)]
    pub client: bool,
    /// Where to write it; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
}

/// Which package is built, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Build {
    /// The package whose build script makes the document; without it the one of this folder, or of the file
    #[arg(short, long, value_name = "PACKAGE")]
    pub package: Option<String>,
    /// The manifest to begin with, instead of the one of this folder
    #[arg(long, value_name = "Cargo.toml")]
    pub manifest_path: Option<PathBuf>,
    /// More options of `cargo check`, such as `--features a,b`, `--offline` or `--release`
    #[arg(last = true, value_name = "CARGO OPTIONS")]
    pub cargo: Vec<String>,
}

/// `check`
#[derive(Debug, Args)]
#[command(after_help = "\
A file may be JSON or YAML, in 3.0.0 or 3.1.0, the server's view or the client's: it is compared with the document in
the same form. Line endings do not count.

Examples:
  realtime asyncapi check
  realtime asyncapi check examples/notifications/asyncapi.json
  realtime asyncapi check -p chat docs/asyncapi.yaml docs/asyncapi.client.json")]
pub struct Check {
    /// The committed documents; without any `asyncapi.json` beside the package's manifest
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to build it.
    #[command(flatten)]
    pub build: Build,
}

/// `diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Every change has a verdict for clients of the old document that meet a server of the new one, and for servers of the
old document that meet clients of the new one. The order of members, the names of components, and what nobody uses are
no changes.

Examples:
  realtime asyncapi diff main:docs/asyncapi.json docs/asyncapi.json
  realtime asyncapi diff v1.2.0:./asyncapi.json asyncapi.json --fail-on unraised
  realtime asyncapi emit -p chat | realtime asyncapi diff chat/asyncapi.json - --json")]
pub struct Diff {
    /// The old document: a file, `-`, or `REVISION:PATH` of git (`REVISION:./PATH` is relative to this folder)
    pub old: String,
    /// The new document, likewise
    pub new: String,
    /// Write JSON for programs
    #[arg(long)]
    pub json: bool,
    /// Whose verdict decides on the exit status
    #[arg(long, value_enum, value_name = "SIDE", default_value = "client")]
    pub direction: Direction,
    /// Which changes make the exit status 1
    #[arg(long, value_enum, value_name = "VERDICT", default_value = "breaking")]
    pub fail_on: FailOn,
    /// Take clients to break at pushes and close codes that they do not know
    #[arg(long)]
    pub strict: bool,
}

/// `view`
#[derive(Debug, Args)]
#[command(after_help = "\
Generators of other tools take a document to be the client's own, and would make a client that sends what the server
sends. --client writes the document for them.

Examples:
  realtime asyncapi view asyncapi.json
  realtime asyncapi view asyncapi.json --client --output asyncapi.client.json
  realtime asyncapi view asyncapi.json --client --format yaml")]
pub struct View {
    /// The document: a file, `-`, or `REVISION:PATH` of git
    pub file: String,
    /// Write the document as a client's: what the server receives is sent
    #[arg(long)]
    pub client: bool,
    /// How to write it; without it as the name of --output says, else as it was read
    #[arg(long, value_enum, value_name = "FORMAT", requires = "client")]
    pub format: Option<FormatName>,
    /// Where to write to; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
}

/// `validate`
#[derive(Debug, Args)]
#[command(after_help = "\
Looks at addresses and their parameters, hosts, keys, references, whether every message and component is used, whether
messages of one direction can be told apart, and keywords that draft-07 does not have.

Examples:
  realtime asyncapi validate asyncapi.json
  realtime asyncapi validate --lint docs/asyncapi.yaml")]
pub struct Validate {
    /// The documents: files, `-`, or `REVISION:PATH` of git
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// Give hints, too: summaries that are missing, integers that JavaScript cannot hold; they are no faults
    #[arg(long)]
    pub lint: bool,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// JSON, indented
    Json,
    /// YAML 1.2
    Yaml,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Json => Self::Json,
            FormatName::Yaml => Self::Yaml,
        }
    }
}

/// A version of AsyncAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Spec {
    /// What every tool reads
    #[value(name = "3.0.0")]
    V3_0_0,
    /// The same for WebSockets, and unknown to some generators
    #[value(name = "3.1.0")]
    V3_1_0,
}

impl From<Spec> for Version {
    fn from(spec: Spec) -> Self {
        match spec {
            Spec::V3_0_0 => Self::V3_0_0,
            Spec::V3_1_0 => Self::V3_1_0,
        }
    }
}

/// Whose verdict counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Direction {
    /// Clients of the old document that meet a server of the new one
    Client,
    /// Servers of the old document that meet clients of the new one
    Server,
}

impl From<Direction> for Side {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Client => Self::Client,
            Direction::Server => Self::Server,
        }
    }
}

/// From which verdict on a comparison fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Changes that break
    Breaking,
    /// Every change on the wire
    Compatible,
    /// Every change, the documentation's included
    Docs,
    /// Changes that ask for more than `info.version` was raised by
    Unraised,
    /// None
    Never,
}

impl FailOn {
    /// Whether a comparison fails, as this side sees it.
    pub(crate) fn fails(self, report: &Report, side: Side) -> bool {
        let least = match self {
            Self::Breaking => Verdict::Breaking,
            Self::Compatible => Verdict::Compatible,
            Self::Docs => Verdict::Docs,
            Self::Unraised => return !report.is_raised_enough(side),
            Self::Never => return false,
        };
        report.verdict(side) >= Some(least)
    }
}
