//! A test that fails now and then is no test: one of ten clients, thousands of times, on a busy machine.

use crate::{
    Outcome,
    command::{self, cargo},
};

/// How often the test is run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan(u32);

pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    match options {
        [] => Ok(Plan(5_000)),
        ["--runs", runs] => match runs.parse() {
            Ok(runs) if runs > 0 => Ok(Plan(runs)),
            _ => Err("`--runs` needs a number from 1 on".to_owned()),
        },
        _ => Err("`flaky` knows `--runs N` only".to_owned()),
    }
}

pub(crate) fn run(Plan(runs): &Plan) -> Outcome {
    let runs = runs.to_string();
    let mut chat = cargo([
        "run",
        "--package",
        "realtime-testing",
        "--example",
        "group_chat",
        "--",
        &runs,
    ]);
    if command::succeeds(&mut chat)? {
        return Ok(());
    }
    Err(
        "a run failed, or a test of one client took 5 ms or more: see the panics and times above"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_run_five_thousand_times_unless_told_otherwise() {
        assert_eq!(plan(&[]), Ok(Plan(5_000)));
        assert_eq!(plan(&["--runs", "7"]), Ok(Plan(7)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [&["--runs"][..], &["--runs", "0"], &["--fast"]] {
            assert!(plan(options).is_err(), "{options:?}");
        }
    }
}
