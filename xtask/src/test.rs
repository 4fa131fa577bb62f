//! Everything that must hold, step by step; the first failure ends it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    command::{self, cargo},
    tools,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Fmt,
    Clippy,
    Test,
    Doctest,
    Doc,
    Browser,
    Snapshots,
}

const STEPS: [Step; 7] = [
    Step::Fmt,
    Step::Clippy,
    Step::Test,
    Step::Doctest,
    Step::Doc,
    Step::Browser,
    Step::Snapshots,
];

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Doctest => "doctest",
            Self::Doc => "doc",
            Self::Browser => "browser",
            Self::Snapshots => "snapshots",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Fmt => "the code is formatted",
            Self::Clippy => "no warnings from the compiler or clippy",
            Self::Test => "unit, integration, compile-fail and drift tests",
            Self::Doctest => "examples in the documentation, the book included",
            Self::Doc => "the documentation builds without warnings",
            Self::Browser => "the pages of the examples in headless Chromium",
            Self::Snapshots => "no snapshot waits for a review",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Fmt => "run `cargo fmt --all`",
            Self::Clippy => "mend the warnings above",
            Self::Test => {
                "mend the tests above; a stale document is renewed with `cargo xtask asyncapi`"
            }
            Self::Doctest => "mend the examples above",
            Self::Doc => "mend the documentation above",
            Self::Browser => "mend the page or its tests; `--no-browser` leaves them out",
            Self::Snapshots => "review them with `cargo insta review`, or delete them",
        }
    }

    /// `RUSTFLAGS` is the same in all steps, and so is the set of packages: with either changed, cargo would build the
    /// dependencies anew.
    fn passes(self) -> Result<bool, String> {
        match self {
            // The fuzz targets are a workspace of their own.
            Self::Fmt => Ok(command::succeeds(&mut cargo(["fmt", "--all", "--check"]))?
                && command::succeeds(&mut cargo([
                    "fmt",
                    "--manifest-path",
                    "fuzz/Cargo.toml",
                    "--check",
                ]))?),
            Self::Clippy => command::succeeds(&mut cargo([
                "clippy",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                "warnings",
            ])),
            Self::Test => {
                let mut test = if command::on_path("cargo-nextest").is_some() {
                    cargo(["nextest", "run", "--workspace", "--no-fail-fast"])
                } else {
                    cargo(["test", "--workspace", "--all-targets", "--no-fail-fast"])
                };
                command::succeeds(strictly(&mut test))
            }
            Self::Doctest => {
                command::succeeds(strictly(&mut cargo(["test", "--workspace", "--doc"])))
            }
            Self::Doc => command::succeeds(
                cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Self::Browser => command::succeeds(strictly(&mut cargo([
                "test",
                "--workspace",
                "--test",
                "browser",
                "--",
                "--ignored",
            ]))),
            Self::Snapshots => {
                let waiting = waiting_snapshots(command::root()).map_err(|error| {
                    format!("cannot look for snapshots that wait for a review: {error}")
                })?;
                for file in &waiting {
                    eprintln!("{}", file.display());
                }
                Ok(waiting.is_empty())
            }
        }
    }
}

/// Tests compare; they renew nothing.
fn strictly(test: &mut std::process::Command) -> &mut std::process::Command {
    test.env("INSTA_UPDATE", "no")
        .env_remove("INSTA_FORCE_PASS")
        .env_remove("UPDATE_DOCUMENTS")
        .env_remove("TRYBUILD")
}

/// The steps that the options ask for, in their order.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    let mut only = Vec::new();
    let mut browser = true;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--no-browser" => browser = false,
            "--only" => {
                let name = options.next().ok_or("`--only` needs the name of a step")?;
                let step = STEPS.into_iter().find(|step| step.name() == *name);
                only.push(step.ok_or_else(|| format!("there is no step `{name}`"))?);
            }
            other => return Err(format!("`test` does not know `{other}`")),
        }
    }
    let wanted = |step: &Step| {
        (only.is_empty() || only.contains(step)) && (browser || *step != Step::Browser)
    };
    Ok(Plan(STEPS.into_iter().filter(wanted).collect()))
}

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan(Vec<Step>);

pub(crate) fn run(Plan(steps): &Plan) -> Outcome {
    // All that may be missing is said before anything is run.
    let component = |step, name| steps.contains(&step).then_some(name);
    let components = [
        component(Step::Fmt, "rustfmt"),
        component(Step::Clippy, "clippy"),
    ];
    tools::components(&components.into_iter().flatten().collect::<Vec<_>>())?;
    if steps.contains(&Step::Test) {
        tools::parser()?;
    }
    // A browser looks at pages of several nodes, too.
    if steps.contains(&Step::Test) || steps.contains(&Step::Browser) {
        tools::redis()?;
    }
    if steps.contains(&Step::Browser) {
        tools::browser()?;
    }
    let start = Instant::now();
    for (index, step) in steps.iter().enumerate() {
        let count = steps.len();
        eprintln!(
            "\n==> {}/{count} {}: {}",
            index + 1,
            step.name(),
            step.what()
        );
        let begun = Instant::now();
        let passed = step.passes()?;
        eprintln!("    {} took {}", step.name(), shown(begun.elapsed()));
        if !passed {
            return Err(format!("`{}` failed: {}", step.name(), step.advice()));
        }
    }
    eprintln!(
        "\n{} of {} steps passed in {}",
        steps.len(),
        steps.len(),
        shown(start.elapsed())
    );
    Ok(())
}

fn shown(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Snapshots that differ and were written beside the old ones.
fn waiting_snapshots(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            let of_the_build = matches!(&*name, "target" | "node_modules") || name.starts_with('.');
            if !of_the_build {
                found.extend(waiting_snapshots(&path)?);
            }
        } else if name.ends_with(".snap.new") || name.ends_with(".pending-snap") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_options_every_step_is_run() {
        assert_eq!(plan(&[]).unwrap(), Plan(STEPS.to_vec()));
    }

    #[test]
    fn steps_keep_their_order_whatever_order_they_are_asked_for_in() {
        let plan = plan(&["--only", "doc", "--only", "fmt"]).unwrap();
        assert_eq!(plan, Plan(vec![Step::Fmt, Step::Doc]));
    }

    #[test]
    fn the_browser_can_be_left_out() {
        let Plan(steps) = plan(&["--no-browser"]).unwrap();
        assert!(!steps.contains(&Step::Browser));
        assert_eq!(steps.len(), STEPS.len() - 1);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [&["--only"][..], &["--only", "nothing"], &["--fast"]] {
            assert!(plan(options).is_err(), "{options:?}");
        }
    }

    #[test]
    fn waiting_snapshots_are_found_at_any_depth() {
        let folder = std::env::temp_dir().join(format!("xtask-snapshots-{}", std::process::id()));
        let deep = folder.join("a/snapshots");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(folder.join("target")).unwrap();
        fs::write(deep.join("one.snap"), "").unwrap();
        fs::write(deep.join("two.snap.new"), "").unwrap();
        fs::write(folder.join("target/three.snap.new"), "").unwrap();
        let found = waiting_snapshots(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.unwrap(), [deep.join("two.snap.new")]);
    }
}
