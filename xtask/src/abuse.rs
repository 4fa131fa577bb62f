//! Every kind of abuse at once against a server with well-behaved clients; see `abuse/`.

use crate::{
    Outcome,
    command::{self, cargo},
};

/// Seconds of the run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan(u64);

/// A storm of reconnects and a handshake that never ends need some time.
const SHORTEST: u64 = 20;

/// Reads the options.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    let seconds = match options {
        [] => Some(120),
        ["--seconds", seconds] => seconds.parse().ok(),
        ["--seconds"] => None,
        [other, ..] => return Err(format!("`abuse` does not know `{other}`")),
    };
    let seconds = seconds.filter(|seconds| *seconds >= SHORTEST);
    seconds
        .map(Plan)
        .ok_or_else(|| format!("`--seconds` takes a number from {SHORTEST} on"))
}

pub(crate) fn run(Plan(seconds): &Plan) -> Outcome {
    let mut abuse = cargo(["run", "--release", "--package", "abuse", "--"]);
    if command::succeeds(abuse.args(["--seconds", &seconds.to_string()]))? {
        Ok(())
    } else {
        Err("the server did not keep its promises under abuse; see above".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_two_minutes_unless_said_otherwise() {
        assert_eq!(plan(&[]), Ok(Plan(120)));
        assert_eq!(plan(&["--seconds", "30"]), Ok(Plan(30)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [&["--seconds"][..], &["--seconds", "19"], &["--fast"]] {
            assert!(plan(options).is_err(), "{options:?}");
        }
    }
}
