//! No test sleeps: it waits for a fact.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::command::root;

/// Tests that have nothing better to wait for, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "examples/shared/testing/src/driver.rs",
        "a page in a browser tells nobody when it is done: it is asked again and again",
    ),
    (
        "layers/redis/testing/src/server.rs",
        "how long Redis is frozen is what a test of that is about",
    ),
];

/// The Rust files of the workspace.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !(matches!(&*name, "target" | "node_modules") || name.starts_with('.')) {
                sources(&path, found)?;
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The part of a file that is a test's: all of it, also where tests share it, or what follows `mod tests {`.
fn of_tests<'t>(path: &Path, text: &'t str) -> &'t str {
    let is_test = path.components().any(|part| {
        matches!(
            &*part.as_os_str().to_string_lossy(),
            "tests" | "tests.rs" | "testing"
        )
    });
    if is_test {
        return text;
    }
    let tests = text.find("#[cfg(test)]\nmod tests {");
    tests.map_or("", |start| &text[start..])
}

/// Whether a line calls a function that sleeps: not a method, which is the application's clock.
fn sleeps(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    ["sleep(", "sleep_until("].iter().any(|call| {
        code.match_indices(call).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
                && !code[..at].ends_with("fn ")
        })
    })
}

/// Where tests sleep: `file:line`, from the root of the workspace.
fn sleeping_lines() -> io::Result<Vec<(String, usize)>> {
    let mut files = Vec::new();
    sources(root(), &mut files)?;
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(root()).unwrap_or(&file);
        let tests = of_tests(name, &text);
        let before = text[..text.len() - tests.len()].lines().count();
        let name = name.to_string_lossy().replace('\\', "/");
        let lines = (1..).zip(tests.lines()).filter(|(_, line)| sleeps(line));
        found.extend(lines.map(|(line, _)| (name.clone(), before + line)));
    }
    Ok(found)
}

#[test]
fn no_test_sleeps_but_those_that_say_why() {
    let lines = sleeping_lines().unwrap();
    let is_excused = |file: &str| EXCEPTIONS.iter().any(|(excused, _)| *excused == file);
    let unexcused: Vec<_> = lines.iter().filter(|(file, _)| !is_excused(file)).collect();
    assert!(
        unexcused.is_empty(),
        "wait for a fact, or advance the clock: {unexcused:?}"
    );
    for (excused, _) in EXCEPTIONS {
        let still = lines.iter().any(|(file, _)| file == excused);
        assert!(still, "`{excused}` sleeps no more: take it off the list");
    }
}

#[test]
fn what_sleeps_is_told_from_what_does_not() {
    let time = "tokio::time::";
    assert!(sleeps(&format!("{time}sleep(PAUSE).await;")));
    assert!(sleeps(&format!("    {}(PAUSE)", "sleep")));
    assert!(sleeps(&format!("{time}sleep_until(deadline)")));
    for awake in [
        "clock.sleep(SECOND)",
        "fn sleep(&self)",
        "asleep(1)",
        "// sleep(1)",
    ] {
        assert!(!sleeps(awake), "{awake}");
    }
}

#[test]
fn a_file_is_a_tests_by_its_place_or_from_its_tests_on() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n}";
    assert_eq!(of_tests(Path::new("a/tests/b.rs"), text), text);
    assert_eq!(of_tests(Path::new("a/src/tests.rs"), text), text);
    assert_eq!(of_tests(Path::new("a/testing/src/b.rs"), text), text);
    assert_eq!(of_tests(Path::new("a/src/b.rs"), text), &text[10..]);
    assert_eq!(of_tests(Path::new("a/src/b.rs"), "fn a() {}"), "");
}
