//! The Autobahn test suite against the echo server of `conformance/echo`.

mod python;
mod report;

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, IsTerminal as _, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Outcome,
    command::{self, cargo},
};
use report::Report;

/// The version that the summary is about.
const VERSION: &str = "25.10.1";
/// The page of the book that has the summary.
const SUMMARY: &str = "docs/src/autobahn.md";
/// No case takes nearly as long.
const STUCK: Duration = Duration::from_secs(180);

/// The cases to be run, as the suite writes them: `7.*`. `None`: all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan(Option<Vec<String>>);

/// Reads the options.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    match options {
        [] => Ok(Plan(None)),
        ["--cases", cases] => {
            let cases: Vec<_> = cases.split(',').map(str::to_owned).collect();
            let known = |case: &String| {
                let mut characters = case.chars();
                !case.is_empty() && characters.all(|c| c.is_ascii_digit() || matches!(c, '.' | '*'))
            };
            if cases.iter().all(known) {
                Ok(Plan(Some(cases)))
            } else {
                Err("`--cases` takes cases such as `1.*,6.4.1`".to_owned())
            }
        }
        ["--cases"] => Err("`--cases` needs cases such as `1.*,6.4.1`".to_owned()),
        [other, ..] => Err(format!("`autobahn` does not know `{other}`")),
    }
}

pub(crate) fn run(Plan(cases): &Plan) -> Outcome {
    let folder = command::root().join("target/autobahn");
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    // What may be missing is said before anything is built.
    let python = python::with_suite(&folder, VERSION)?;
    let mut server = Server::start()?;
    let reports = folder.join("reports");
    if reports.exists() {
        fs::remove_dir_all(&reports)
            .map_err(|error| format!("cannot remove {}: {error}", reports.display()))?;
    }
    let all = vec!["*".to_owned()];
    let spec = json!({
        "outdir": reports,
        "servers": [{ "agent": "realtime", "url": server.url }],
        "cases": cases.as_ref().unwrap_or(&all),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let spec_file = folder.join("spec.json");
    write(&spec_file, &spec.to_string())?;
    let count = fuzz(&python, &spec_file, &folder.join("log"))?;
    if let Ok(Some(status)) = server.child.try_wait() {
        return Err(format!("conformance-echo ended in between: {status}"));
    }
    drop(server);

    let index = reports.join("index.json");
    let index = fs::read_to_string(&index)
        .map_err(|error| format!("cannot read {}: {error}", index.display()))?;
    let report = Report::read(&index)?;
    if report.count() != count {
        return Err(format!(
            "the suite ran {count} cases, but reports {}; see target/autobahn/log",
            report.count()
        ));
    }
    print!("{}", report.table());
    if cases.is_none() {
        write(&command::root().join(SUMMARY), &report.page(VERSION))?;
        eprintln!("\n{SUMMARY} is what this run found");
    }
    let failed = report.failed();
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} of {count} cases failed:\n{}\ntarget/autobahn/reports/index.html tells what each expected",
        failed.len(),
        failed.join("\n"),
    ))
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// The echo server; it ends with this value.
struct Server {
    child: Child,
    url: String,
    /// Open as long as the server: it may write.
    _out: BufReader<ChildStdout>,
}

impl Server {
    /// Builds it and starts it on a free port.
    fn start() -> Result<Self, String> {
        eprintln!("building conformance-echo");
        let built = cargo([
            "build",
            "--release",
            "-p",
            "conformance-echo",
            "--message-format",
            "json-render-diagnostics",
        ])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
        if !built.status.success() {
            return Err("conformance-echo could not be built; see above".to_owned());
        }
        let messages = String::from_utf8_lossy(&built.stdout);
        let program = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "conformance-echo")
            .find_map(|message| message["executable"].as_str().map(str::to_owned))
            .ok_or("cargo does not say where it has built conformance-echo")?;
        let mut child = Command::new(program)
            .args(["--addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start conformance-echo: {error}"))?;
        let Some(out) = child.stdout.take() else {
            return Err("conformance-echo has no output".to_owned());
        };
        let mut server = Self {
            child,
            url: String::new(),
            _out: BufReader::new(out),
        };
        let mut line = String::new();
        let read = server._out.read_line(&mut line);
        match line.trim_end().strip_prefix("listening on ") {
            Some(url) if read.is_ok() => url.clone_into(&mut server.url),
            _ => return Err("conformance-echo did not start; see above".to_owned()),
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the suite's client and shows how far it is. Returns how many cases it ran.
fn fuzz(python: &Path, spec: &Path, log: &Path) -> Result<usize, String> {
    let failed = |error| format!("cannot run the suite: {error}");
    let mut log = File::create(log).map_err(failed)?;
    let errors = log.try_clone().map_err(failed)?;
    // Unbuffered, for its progress.
    let mut suite = Command::new(python)
        .arg("-u")
        .arg(python.with_file_name("wstest"))
        .args(["-m", "fuzzingclient", "-s"])
        .arg(spec)
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .map_err(failed)?;
    let out = suite.stdout.take();
    let (sender, lines) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in out.into_iter().flat_map(|out| BufReader::new(out).lines()) {
            if line.is_ok_and(|line| sender.send(line).is_err()) {
                return;
            }
        }
    });
    let mut progress = Progress::default();
    let outcome = loop {
        match lines.recv_timeout(STUCK) {
            Ok(line) => {
                let _ = writeln!(log, "{line}");
                progress.hears(&line);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break Ok(()),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = suite.kill();
                break Err(format!(
                    "the suite hangs in case {}; see target/autobahn/log",
                    progress.case
                ));
            }
        }
    };
    progress.ends();
    let status = suite.wait().map_err(failed)?;
    let _ = reader.join();
    outcome?;
    if !status.success() || progress.done != progress.count || progress.count == 0 {
        return Err(format!(
            "the suite ended after {} of {} cases ({status}); see target/autobahn/log",
            progress.done, progress.count
        ));
    }
    Ok(progress.count)
}

/// How far the suite is: on one line of a terminal, else a line for each group.
#[derive(Debug, Default)]
struct Progress {
    count: usize,
    done: usize,
    case: String,
}

impl Progress {
    fn hears(&mut self, line: &str) {
        let number = |rest: &str| rest.split(' ').next().map(str::to_owned);
        if let Some(count) = line.strip_prefix("Ok, will run ").and_then(number) {
            self.count = count.parse().unwrap_or(0);
        }
        let Some(case) = line.strip_prefix("Running test case ID ").and_then(number) else {
            return;
        };
        self.done += 1;
        let group = |case: &str| case.split('.').next().map(str::to_owned);
        if std::io::stderr().is_terminal() {
            eprint!("\rcase {case} ({} of {})   ", self.done, self.count);
        } else if group(&case) != group(&self.case) {
            eprintln!("case {case} ({} of {})", self.done, self.count);
        }
        self.case = case;
    }

    fn ends(&self) {
        if std::io::stderr().is_terminal() {
            eprintln!();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_options_every_case_is_run() {
        assert_eq!(plan(&[]), Ok(Plan(None)));
    }

    #[test]
    fn cases_are_taken_as_the_suite_writes_them() {
        let cases = ["1.*", "6.4.1"].map(str::to_owned).to_vec();
        assert_eq!(plan(&["--cases", "1.*,6.4.1"]), Ok(Plan(Some(cases))));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [
            &["--cases"][..],
            &["--cases", ""],
            &["--cases", "1.*,"],
            &["--cases", "all"],
            &["--cases", "1.*", "2.*"],
            &["--fast"],
        ] {
            assert!(plan(options).is_err(), "{options:?}");
        }
    }

    #[test]
    fn progress_is_read_from_what_the_suite_says() {
        let mut progress = Progress::default();
        progress.hears("Ok, will run 2 test cases against 1 servers");
        progress.hears("Running test case ID 1.1.1 for agent realtime from peer tcp4");
        progress.hears("something else");
        progress.hears("Running test case ID 1.1.2 for agent realtime from peer tcp4");
        assert_eq!((progress.count, progress.done), (2, 2));
        assert_eq!(progress.case, "1.1.2");
    }
}
