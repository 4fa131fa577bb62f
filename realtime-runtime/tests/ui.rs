//! What the macros accept and what they refuse: every mistake is reported once, at the user's own words.

use std::{fs, path::Path};

/// Mistakes of which the compiler says more than one thing, whatever the macros do.
const MORE_THAN_ONE: &[&str] = &[
    // Each future that holds the consumer is not `Send` either.
    "consumer_not_send",
    // Contexts hold the identity, and futures hold contexts.
    "consumer_auth_for_another_state",
    "consumer_auth_is_no_authenticator",
    "consumer_permission_is_none",
];

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

/// A file with several mistakes says so in its name; any other has one.
#[test]
fn one_mistake_is_one_error() {
    for (name, report) in reports() {
        let errors = report
            .lines()
            .filter(|line| line.starts_with("error"))
            .count();
        if name.starts_with("several_") || MORE_THAN_ONE.contains(&name.as_str()) {
            assert!(errors > 1, "{name} has one mistake");
        } else {
            assert_eq!(errors, 1, "{name}\n{report}");
        }
    }
}

/// Nothing that only the macros know is shown.
#[test]
fn no_report_shows_what_is_generated() {
    for (name, report) in reports() {
        for hidden in [
            "__private",
            "__Incoming",
            "__Index",
            "__At",
            "__TAGS",
            "__Message",
            "__Shared",
            "__Consumer",
            "Unknown<",
        ] {
            assert!(
                !report.contains(hidden),
                "{name} shows `{hidden}`\n{report}"
            );
        }
    }
}

/// The name of each refused case, and what the compiler said.
fn reports() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/fail");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let reports: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|end| end == "stderr"))
        .map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&file).unwrap())
        })
        .collect();
    assert!(!reports.is_empty());
    reports
}
