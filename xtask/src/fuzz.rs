//! The fuzz targets of `fuzz/`, built with coverage by the stable toolchain and run for a while.

use std::{
    collections::VecDeque,
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    command::{self, cargo},
};

/// The targets, and how long an input of each may be.
const TARGETS: [Target; 3] = [
    Target {
        name: "text",
        longest: 2048,
    },
    Target {
        name: "frames",
        longest: 4096,
    },
    Target {
        name: "connection",
        longest: 8192,
    },
];

/// What rustc must be told for libFuzzer to see which way an input takes; no sanitizer, as those need nightly.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
    name: &'static str,
    longest: usize,
}

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// For all targets together.
    seconds: u64,
    targets: Vec<Target>,
    /// An input to run once, instead.
    input: Option<PathBuf>,
}

/// Reads the options.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    let mut plan = Plan {
        seconds: 60,
        targets: Vec::new(),
        input: None,
    };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next();
        match (*option, value) {
            ("--seconds", Some(value)) => {
                let seconds = value.parse().ok().filter(|seconds| *seconds > 0);
                plan.seconds = seconds.ok_or("`--seconds` takes a number")?;
            }
            ("--target", Some(name)) => {
                let target = TARGETS.into_iter().find(|target| target.name == *name);
                plan.targets
                    .push(target.ok_or_else(|| format!("there is no target `{name}`"))?);
            }
            ("--input", Some(path)) => plan.input = Some(PathBuf::from(path)),
            ("--seconds" | "--target" | "--input", None) => {
                return Err(format!("`{option}` needs a value"));
            }
            (other, _) => return Err(format!("`fuzz` does not know `{other}`")),
        }
    }
    if plan.input.is_some() && plan.targets.len() != 1 {
        return Err("`--input` needs the `--target` that it is for".to_owned());
    }
    if plan.targets.is_empty() {
        plan.targets = TARGETS.to_vec();
    }
    Ok(plan)
}

pub(crate) fn run(plan: &Plan) -> Outcome {
    let built = build(&plan.targets)?;
    if let Some(input) = &plan.input {
        let target = plan.targets[0];
        let mut once = Command::new(built.join(target.name));
        return if command::succeeds(once.arg(input))? {
            Ok(())
        } else {
            Err(format!("`{}` fails with this input", target.name))
        };
    }
    // Whole seconds, at least one each.
    let share = (plan.seconds / plan.targets.len() as u64).max(1);
    let mut rows = Vec::new();
    for target in &plan.targets {
        rows.push(fuzz(*target, &built, share)?);
    }
    println!("\n| target | inputs | inputs/s | edges | finds |\n|---|---|---|---|---|");
    for row in rows {
        println!("{row}");
    }
    Ok(())
}

/// Builds the targets; returns the folder that has them.
fn build(targets: &[Target]) -> Result<PathBuf, String> {
    let root = command::root();
    let folder = root.join("target/fuzz");
    let host = host()?;
    // With a target named, build scripts and macros are built without the flags.
    let mut build = cargo(["build", "--release", "--locked", "--target", &host]);
    for target in targets {
        build.args(["--bin", target.name]);
    }
    build
        .current_dir(root.join("fuzz"))
        .env("CARGO_TARGET_DIR", &folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", FLAGS);
    if command::succeeds(&mut build)? {
        Ok(folder.join(host).join("release"))
    } else {
        Err("the fuzz targets do not build; libFuzzer needs a C++ compiler".to_owned())
    }
}

fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| format!("cannot run `rustc -vV`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "`rustc -vV` names no host".to_owned())
}

/// Runs one target; returns its row of the table.
fn fuzz(target: Target, built: &Path, seconds: u64) -> Result<String, String> {
    let root = command::root();
    let name = target.name;
    let finds = folder(&root.join("target/fuzz/corpus").join(name))?;
    let crashes = format!("target/fuzz/crashes/{name}");
    folder(&root.join(&crashes))?;
    let mut fuzzer = Command::new(built.join(name));
    fuzzer
        .current_dir(root)
        // What is new goes to the first folder only.
        .arg(&finds)
        .arg(root.join("fuzz/seeds").join(name))
        .arg(format!("-artifact_prefix={crashes}/"))
        .arg(format!("-dict=fuzz/{name}.dict"))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={}", target.longest))
        .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    eprintln!("\n==> {name}: {seconds} s");
    let begun = Instant::now();
    let mut child = fuzzer
        .spawn()
        .map_err(|error| format!("cannot run the target `{name}`: {error}"))?;
    let told = child
        .stderr
        .take()
        .map(|stderr| follow(BufReader::new(stderr)));
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for the target `{name}`: {error}"))?;
    let told = told.unwrap_or_default();
    if status.success() {
        return Ok(told.row(name, begun.elapsed()));
    }
    for line in &told.last {
        eprintln!("{line}");
    }
    Err(match told.crash {
        Some(crash) => format!(
            "`{name}` fails with the input {crash}\nrun it again with `cargo xtask fuzz --target {name} --input {crash}`; \
             once mended, keep it under fuzz/seeds/{name}"
        ),
        None => format!("`{name}` ended with {status} and left no input"),
    })
}

fn folder(path: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(path)
        .map_err(|error| format!("could not make {}: {error}", path.display()))?;
    Ok(path.to_owned())
}

/// What a fuzzer said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    inputs: u64,
    edges: u64,
    all_edges: u64,
    finds: u64,
    crash: Option<String>,
    last: VecDeque<String>,
}

/// Reads what a fuzzer says, and shows a part.
fn follow(lines: impl std::io::BufRead) -> Told {
    let mut told = Told::default();
    let mut shown = Instant::now();
    for line in lines.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        if told.take(&line) && shown.elapsed() >= PROGRESS {
            shown = Instant::now();
            eprintln!("    {} inputs, {} edges", told.inputs, told.edges);
        }
    }
    told
}

impl Told {
    /// Takes in one line. `true`: it is one of progress.
    fn take(&mut self, line: &str) -> bool {
        let number = |text: &str| text.split_whitespace().next().and_then(|n| n.parse().ok());
        if let Some(rest) = line.strip_prefix('#') {
            // `#1024 pulse cov: 300 ft: 700 corp: 40/2Kb …`
            self.inputs = number(rest).unwrap_or(self.inputs);
            let edges = line.split_once(" cov: ").and_then(|(_, rest)| number(rest));
            self.edges = edges.unwrap_or(self.edges);
            return true;
        }
        if let Some((_, rest)) = line.split_once("Test unit written to ") {
            self.crash = Some(rest.trim().to_owned());
        } else if let Some(rest) = line.strip_prefix("stat::number_of_executed_units:") {
            self.inputs = number(rest).unwrap_or(self.inputs);
        } else if let Some(rest) = line.strip_prefix("stat::new_units_added:") {
            self.finds = number(rest).unwrap_or(self.finds);
        } else if line.contains("inline 8-bit counters)") {
            let counters = line.rsplit_once('(').and_then(|(_, rest)| number(rest));
            self.all_edges = counters.unwrap_or(self.all_edges);
        }
        // A crash is explained by what came last.
        self.last.push_back(line.to_owned());
        if self.last.len() > 60 {
            self.last.pop_front();
        }
        false
    }

    fn row(&self, name: &str, time: Duration) -> String {
        let rate = self.inputs as f64 / time.as_secs_f64().max(0.001);
        format!(
            "| {name} | {} | {rate:.0} | {} of {} | {} |",
            self.inputs, self.edges, self.all_edges, self.finds
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_shares_a_minute_unless_said_otherwise() {
        let plan = plan(&[]).unwrap();
        assert_eq!((plan.seconds, plan.targets), (60, TARGETS.to_vec()));
    }

    #[test]
    fn one_target_can_be_asked_for() {
        let plan = plan(&["--seconds", "5", "--target", "frames"]).unwrap();
        assert_eq!((plan.seconds, plan.targets[0].name), (5, "frames"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [
            &["--seconds"][..],
            &["--seconds", "0"],
            &["--target", "nothing"],
            &["--input", "x"],
            &["--fast"],
        ] {
            assert!(plan(options).is_err(), "{options:?}");
        }
    }

    #[test]
    fn every_target_has_a_program_seeds_and_words() {
        let folder = command::root().join("fuzz");
        for Target { name, .. } in TARGETS {
            assert!(folder.join(format!("targets/{name}.rs")).is_file());
            assert!(folder.join("seeds").join(name).is_dir());
            assert!(folder.join(format!("{name}.dict")).is_file());
        }
    }

    #[test]
    fn what_a_fuzzer_says_is_understood() {
        let told = follow(
            &b"INFO: Loaded 1 modules   (4000 inline 8-bit counters): 4000 [0x1, 0x2),\n\
               #2\tINITED cov: 100 ft: 101 corp: 1/1b exec/s: 0 rss: 30Mb\n\
               #900\tNEW    cov: 120 ft: 130 corp: 2/2b lim: 4\n\
               artifact_prefix='x/'; Test unit written to x/crash-1\n\
               stat::number_of_executed_units: 1000\n\
               stat::new_units_added:          7\n"[..],
        );
        assert_eq!((told.inputs, told.edges, told.all_edges), (1000, 120, 4000));
        assert_eq!(told.finds, 7);
        assert_eq!(told.crash.as_deref(), Some("x/crash-1"));
    }
}
