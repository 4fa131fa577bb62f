//! The book hangs together: every page is in its summary, every link leads somewhere, every Rust block is compiled.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All pages of the book, with their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in [src.clone(), src.join("concepts")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The targets of the links of a page that lead to a file, and the heading that they name.
fn links(text: &str) -> Vec<(&str, Option<&str>)> {
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')'));
    targets
        .map(|(target, _)| target)
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| match target.split_once('#') {
            Some((file, heading)) => (file, Some(heading)),
            None => (target, None),
        })
        .collect()
}

/// A heading as mdBook and others name it.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading
        .chars()
        .filter(kept)
        .collect::<String>()
        .replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = pages();
    for file in ["README.md", "CHANGELOG.md"] {
        let path = root().join(file);
        let text = fs::read_to_string(&path).unwrap();
        pages.push((path, text));
    }
    for (page, text) in &pages {
        for (file, heading) in links(text) {
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.with_file_name(file)
            };
            assert!(target.exists(), "{}: {file}", page.display());
            if let Some(heading) = heading {
                let text = fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(
                    headings.any(|line| anchor(line) == heading),
                    "{}: {file}#{heading}",
                    page.display()
                );
            }
        }
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let pages = pages();
    let (summary, text) = pages
        .iter()
        .find(|(path, _)| path.ends_with("SUMMARY.md"))
        .unwrap();
    let mut listed: Vec<PathBuf> = links(text)
        .iter()
        .map(|(file, _)| summary.with_file_name(file))
        .collect();
    listed.push(summary.clone());
    listed.sort();
    let found: Vec<PathBuf> = pages.into_iter().map(|(path, _)| path).collect();
    assert_eq!(listed, found);
}

#[test]
fn every_rust_block_is_compiled() {
    let library = include_str!("../lib.rs");
    for (page, text) in pages() {
        let page = page.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        assert_eq!(
            text.contains("```rust"),
            library.contains(&format!("include_str!(\"{}\")", page.display())),
            "{}",
            page.display()
        );
        assert!(!text.contains("```rust,ignore"), "{}", page.display());
    }
}
