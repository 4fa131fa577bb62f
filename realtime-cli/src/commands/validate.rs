use std::fmt::Write as _;

use realtime_asyncapi::{check, lint};

use crate::arguments::Validate;
use crate::files;
use crate::outcome::{Done, Outcome, tell};

pub(super) fn run(validate: &Validate) -> Outcome {
    let mut done = Done::Well;
    let mut text = String::new();
    for name in &validate.files {
        let document = files::read(name)?.document;
        let name = files::called(name);
        let faults = check(&document);
        for fault in &faults {
            let _ = writeln!(text, "{name}{fault}");
        }
        if validate.lint {
            for hint in lint(&document) {
                let _ = writeln!(text, "{name}{hint} (hint)");
            }
        }
        match faults.len() {
            0 => tell(format_args!("{name}: no faults")),
            1 => tell(format_args!("{name}: 1 fault")),
            many => tell(format_args!("{name}: {many} faults")),
        }
        if !faults.is_empty() {
            done = Done::Found;
        }
    }
    files::print(&text)?;
    Ok(done)
}
