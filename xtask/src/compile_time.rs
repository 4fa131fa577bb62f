//! What the macros cost a user's `cargo check`: a consumer of many handlers against the same messages with a `match`
//! written by hand.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    command::{self, cargo},
};

/// What is measured.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    handlers: usize,
    rounds: usize,
}

/// Reads the options.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    let mut plan = Plan {
        handlers: 50,
        rounds: 5,
    };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next().and_then(|value| value.parse().ok());
        let value = value.filter(|value| *value > 0);
        let place = match *option {
            "--handlers" => &mut plan.handlers,
            "--rounds" => &mut plan.rounds,
            other => return Err(format!("`compile-time` does not know `{other}`")),
        };
        *place = value.ok_or_else(|| format!("`{option}` takes a number"))?;
    }
    Ok(plan)
}

/// The packages that are compared.
const PACKAGES: [&str; 2] = ["by-hand", "by-macro"];

pub(crate) fn run(plan: &Plan) -> Outcome {
    let root = command::root();
    let folder = root.join("target/compile-time");
    write_workspace(root, &folder)?;
    for package in PACKAGES {
        write_source(&folder, package, plan.handlers, 0)?;
    }
    eprintln!("building what both depend on");
    for package in PACKAGES {
        check(&folder, package)?;
    }
    let mut clean = [const { Vec::new() }; 2];
    let mut incremental = [const { Vec::new() }; 2];
    // Interleaved, so that whatever else the machine does hits both.
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        for (index, package) in PACKAGES.into_iter().enumerate() {
            let mut clean_up = cargo(["clean", "-q", "-p", package]);
            clean_up.current_dir(&folder).env_remove("CARGO_TARGET_DIR");
            if !command::succeeds(&mut clean_up)? {
                return Err("`cargo clean` failed".to_owned());
            }
            clean[index].push(check(&folder, package)?);
            write_source(&folder, package, plan.handlers, round)?;
            incremental[index].push(check(&folder, package)?);
        }
    }
    println!(
        "`cargo check` of a crate with {} handlers, median (range) of {} rounds:\n",
        plan.handlers, plan.rounds
    );
    println!("| | by hand | by macro | difference | ratio |\n|---|---|---|---|---|");
    for (what, times) in [
        ("clean", &mut clean),
        ("after a handler's body changed", &mut incremental),
    ] {
        println!("{}", row(what, times));
    }
    Ok(())
}

fn row(what: &str, times: &mut [Vec<Duration>; 2]) -> String {
    let [hand, by_macro] = times;
    let (hand_shown, hand) = summary(hand);
    let (macro_shown, by_macro) = summary(by_macro);
    format!(
        "| {what} | {hand_shown} | {macro_shown} | {:+.2} s | {:.2} |",
        by_macro - hand,
        by_macro / hand
    )
}

/// The median with its range, and the median in seconds.
fn summary(times: &mut [Duration]) -> (String, f64) {
    times.sort_unstable();
    let seconds = |index: usize| times.get(index).map_or(0.0, Duration::as_secs_f64);
    let median = seconds(times.len() / 2);
    let (least, most) = (seconds(0), seconds(times.len().saturating_sub(1)));
    (format!("{median:.2} s ({least:.2}–{most:.2})"), median)
}

fn check(folder: &Path, package: &str) -> Result<Duration, String> {
    let mut check = cargo(["check", "-q", "-p", package]);
    check.current_dir(folder).env_remove("CARGO_TARGET_DIR");
    let begun = Instant::now();
    if command::succeeds(&mut check)? {
        Ok(begun.elapsed())
    } else {
        Err(format!("`{package}` does not compile"))
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("could not write {}: {error}", path.display()))
}

fn write_workspace(root: &Path, folder: &Path) -> Outcome {
    let members = PACKAGES.map(|package| format!("\"{package}\"")).join(", ");
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n");
    write(&folder.join("Cargo.toml"), &workspace)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .map_err(|error| format!("could not copy Cargo.lock: {error}"))?;
    let runtime = root.join("realtime-runtime");
    for package in PACKAGES {
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nrealtime-runtime = {{ path = {:?} }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n",
            runtime.display().to_string()
        );
        write(&folder.join(package).join("Cargo.toml"), &manifest)?;
    }
    Ok(())
}

/// `version` stands in the body of one handler.
fn write_source(folder: &Path, package: &str, handlers: usize, version: usize) -> Outcome {
    let text = if package == "by-macro" {
        by_macro(handlers, version)
    } else {
        by_hand(handlers, version)
    };
    write(&folder.join(package).join("src/lib.rs"), &text)
}

fn fields() -> &'static str {
    "    pub text: String,\n    pub number: u32,\n    pub list: Vec<String>,\n"
}

fn body(index: usize, version: usize) -> String {
    let version = if index == 0 { version } else { 0 };
    format!(
        "self.count += {version};\n        Answer{index} {{ text: request.text, number: request.number, list: request.list }}"
    )
}

fn by_macro(handlers: usize, version: usize) -> String {
    let mut text = String::from("use realtime_runtime::prelude::*;\n\n");
    for index in 0..handlers {
        for (name, tag) in [("Request", "request"), ("Answer", "answer")] {
            let _ = write!(
                text,
                "#[message(action = \"{tag}_{index}\")]\npub struct {name}{index} {{\n{}}}\n\n",
                fields()
            );
        }
    }
    text.push_str(
        "pub struct Desk {\n    count: usize,\n}\n\n#[consumer]\nimpl Desk {\n    #[on_connect]\n    \
         async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {\n        Ok(Self { count: 0 })\n    }\n",
    );
    for index in 0..handlers {
        let _ = write!(
            text,
            "\n    #[ws_handler]\n    async fn request_{index}(&mut self, request: Request{index}) -> Answer{index} {{\n        {}\n    }}\n",
            body(index, version)
        );
    }
    text.push_str("}\n\npub fn mount(builder: RealtimeBuilder) -> RealtimeBuilder {\n    builder.consumer::<Desk>(\"/ws\")\n}\n");
    text
}

fn by_hand(handlers: usize, version: usize) -> String {
    let mut text = String::from("use serde::{Deserialize, Serialize};\n\n");
    for index in 0..handlers {
        for name in ["Request", "Answer"] {
            let _ = write!(
                text,
                "#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]\npub struct {name}{index} {{\n{}}}\n\n",
                fields()
            );
        }
    }
    for (name, derive) in [("Request", "Deserialize"), ("Answer", "Serialize")] {
        let _ = write!(
            text,
            "#[derive({derive})]\n#[serde(tag = \"action\", content = \"payload\", rename_all = \"snake_case\")]\npub enum {name} {{\n"
        );
        for index in 0..handlers {
            let _ = writeln!(text, "    {name}{index}({name}{index}),");
        }
        text.push_str("}\n\n");
    }
    text.push_str("pub struct Desk {\n    count: usize,\n}\n\nimpl Desk {\n");
    for index in 0..handlers {
        let _ = write!(
            text,
            "    async fn request_{index}(&mut self, request: Request{index}) -> Answer{index} {{\n        {}\n    }}\n\n",
            body(index, version)
        );
    }
    text.push_str(
        "    pub async fn dispatch(&mut self, text: &str) -> Result<String, serde_json::Error> {\n        \
         let answer = match serde_json::from_str(text)? {\n",
    );
    for index in 0..handlers {
        let _ = writeln!(
            text,
            "            Request::Request{index}(request) => Answer::Answer{index}(self.request_{index}(request).await),"
        );
    }
    text.push_str("        };\n        serde_json::to_string(&answer)\n    }\n}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_handlers_and_five_rounds_unless_said_otherwise() {
        let expected = Plan {
            handlers: 50,
            rounds: 5,
        };
        assert_eq!(plan(&[]), Ok(expected));
    }

    #[test]
    fn an_option_without_a_number_is_refused() {
        for options in [&["--handlers"][..], &["--rounds", "0"], &["--rounds", "x"]] {
            assert!(plan(options).unwrap_err().contains("takes a number"));
        }
    }

    #[test]
    fn only_the_first_handler_changes_with_the_version() {
        for source in [by_hand, by_macro] {
            let (before, after) = (source(3, 1), source(3, 2));
            let changed = before.lines().zip(after.lines()).filter(|(a, b)| a != b);
            assert_eq!(changed.count(), 1);
        }
    }
}
