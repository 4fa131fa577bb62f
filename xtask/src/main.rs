//! Chores of this workspace: `cargo xtask --help`.

mod abuse;
mod asyncapi;
mod autobahn;
mod bench;
mod book;
mod command;
mod compile_time;
mod flaky;
mod fuzz;
#[cfg(test)]
mod sleeps;
mod test;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
Chores of this workspace.

Usage: cargo xtask <command> [options]

Commands:
  test       Check and test everything; installs what it needs where it may
  asyncapi   Renew the documents of the examples: asyncapi.json, openapi.json
  autobahn   Run the Autobahn test suite against conformance-echo and renew
             docs/src/autobahn.md; needs a Python 2.7
  bench      Measure our server and its peers at the same job: processor time for each
             message, latency, memory of each connection
  book       Build the book into docs/book
  compile-time
             Measure what the macros cost a user's `cargo check`
  fuzz       Feed the decoders and a whole connection with what a fuzzer comes upon
  flaky      Run one test of ten clients thousands of times beside busy threads; fails if a
             single run does
  abuse      Run every kind of abuse at once against a server with well-behaved clients

Options of `test`:
  --no-browser   Leave out the tests that need Chromium
  --only STEP    Run this step alone; may be given several times:
                 fmt, clippy, test, doctest, doc, browser, snapshots

Options of `asyncapi`:
  --check        Only compare; fail if a committed document is stale

Options of `autobahn`:
  --cases CASES  Run these alone, for example `1.*,6.4.1`; renews nothing

Options of `bench`:
  --scenario S   This alone; may be given several times: echo-CONNECTIONSxOUTSTANDING,
                 fanout-MEMBERSxINFLIGHT, slow-MEMBERSxINFLIGHT (every fifth hardly reads),
                 idle-CONNECTIONS, connect-CONNECTIONS (they come and go, 64 at a time)
  --peer NAME    This server alone; may be given several times: realtime (ours), axum_naive,
                 axum_tuned, tokio_websockets, fastwebsockets, socketioxide, floor, chanx
                 (needs a Python from 3.11 on, and PyPI the first time); again (ours once
                 more, for the noise), bare (ours, built without what tests see)
  --seconds N    For each measurement, 3 unless said otherwise
  --rounds N     Rounds of which the median is shown, 3 unless said otherwise
  --write        Renew the figures of docs/src/performance.md
  --soak MINUTES Ours alone, for long: messages at fixed times, fan-out, connections that come
                 and go; fails if memory grows or a message is lost. Without the options above
  --connections N
                 Of `--soak`: how many stay, 1000 unless said otherwise

Options of `compile-time`:
  --handlers N   Handlers of the consumer, 50 unless said otherwise
  --rounds N     Rounds of which the median is shown, 5 unless said otherwise

Options of `fuzz`:
  --seconds N    For all targets together, 60 unless said otherwise; building comes on top
  --target NAME  Run this target alone; may be given several times: text, frames, connection
  --input FILE   Run the target with this input once

Options of `flaky`:
  --runs N       How often, 5000 unless said otherwise

Options of `abuse`:
  --seconds N    How long, 120 unless said otherwise, at least 20; a quarter of it is without abuse
";

/// Why a chore failed, and what to do about it: one line for each.
pub(crate) type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments
        .iter()
        .any(|argument| matches!(*argument, "help" | "--help" | "-h"))
    {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let outcome = match chore(&arguments) {
        Ok(Chore::Test(plan)) => test::run(&plan),
        Ok(Chore::RenewDocument) => asyncapi::renew(),
        Ok(Chore::CheckDocument) => asyncapi::check(),
        Ok(Chore::Autobahn(plan)) => autobahn::run(&plan),
        Ok(Chore::Bench(plan)) => bench::run(&plan),
        Ok(Chore::Book) => book::build(),
        Ok(Chore::CompileTime(plan)) => compile_time::run(&plan),
        Ok(Chore::Flaky(plan)) => flaky::run(&plan),
        Ok(Chore::Fuzz(plan)) => fuzz::run(&plan),
        Ok(Chore::Abuse(plan)) => abuse::run(&plan),
        Err(usage) => {
            eprintln!("error: {usage}; see `cargo xtask --help`");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nerror: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// What was asked for.
enum Chore {
    Test(test::Plan),
    RenewDocument,
    CheckDocument,
    Autobahn(autobahn::Plan),
    Bench(bench::Plan),
    Book,
    CompileTime(compile_time::Plan),
    Flaky(flaky::Plan),
    Fuzz(fuzz::Plan),
    Abuse(abuse::Plan),
}

fn chore(arguments: &[&str]) -> Result<Chore, String> {
    match arguments {
        ["test", options @ ..] => test::plan(options).map(Chore::Test),
        ["asyncapi"] => Ok(Chore::RenewDocument),
        ["asyncapi", "--check"] => Ok(Chore::CheckDocument),
        ["asyncapi", ..] => Err("`asyncapi` knows `--check` only".to_owned()),
        ["autobahn", options @ ..] => autobahn::plan(options).map(Chore::Autobahn),
        ["bench", options @ ..] => bench::plan(options).map(Chore::Bench),
        ["compile-time", options @ ..] => compile_time::plan(options).map(Chore::CompileTime),
        ["flaky", options @ ..] => flaky::plan(options).map(Chore::Flaky),
        ["fuzz", options @ ..] => fuzz::plan(options).map(Chore::Fuzz),
        ["abuse", options @ ..] => abuse::plan(options).map(Chore::Abuse),
        ["book"] => Ok(Chore::Book),
        ["book", ..] => Err("`book` takes no options".to_owned()),
        [other, ..] => Err(format!("there is no `{other}`")),
        [] => Err("say what to do".to_owned()),
    }
}
