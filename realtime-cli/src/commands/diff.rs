use realtime_asyncapi::diff::{Options, changes};

use crate::arguments::Diff;
use crate::files;
use crate::outcome::{Done, Failure, Outcome, tell};

pub(super) fn run(diff: &Diff) -> Outcome {
    if diff.old == "-" && diff.new == "-" {
        return Err(Failure::new(
            "only one of the documents can come from standard input",
        ));
    }
    let old = files::read(&diff.old)?.document;
    let new = files::read(&diff.new)?.document;
    for (name, document) in [(&diff.old, &old), (&diff.new, &new)] {
        for reason in document.resolver().broken() {
            let name = files::called(name);
            tell(format_args!(
                "{name}: {reason}; what should be there is not compared"
            ));
        }
    }
    let options = Options {
        strict: diff.strict,
    };
    let report = changes(&old, &new, options);
    let text = if diff.json {
        let mut json = serde_json::to_string_pretty(&report).map_err(Failure::new)?;
        json.push('\n');
        json
    } else {
        report.to_string()
    };
    files::print(&text)?;
    Ok(if diff.fail_on.fails(&report, diff.direction.into()) {
        Done::Found
    } else {
        Done::Well
    })
}
