use std::fs;
use std::path::{Path, PathBuf};

use realtime_asyncapi::diff::{self, Options, Side};
use realtime_asyncapi::{Document, Format, Version};

use crate::arguments::{Build, Check};
use crate::cargo::{self, Made};
use crate::outcome::{Done, Failure, Outcome, tell};

pub(super) fn run(check: &Check) -> Outcome {
    let mut made: Vec<(Option<PathBuf>, Made)> = Vec::new();
    if check.files.is_empty() {
        let fresh = cargo::document(&check.build, None)?;
        let file = fresh.package.folder().join("asyncapi.json");
        return compare(&shown(file), &fresh, &check.build);
    }
    let mut done = Done::Well;
    for file in &check.files {
        // Files of one folder are of one package.
        let folder = file.parent().map(Path::to_owned);
        let known = made.iter().position(|(of, _)| *of == folder);
        let at = match known {
            Some(at) => at,
            None => {
                let fresh = cargo::document(&check.build, Some(file))?;
                made.push((folder, fresh));
                made.len() - 1
            }
        };
        if compare(file, &made[at].1, &check.build)? == Done::Found {
            done = Done::Found;
        }
    }
    Ok(done)
}

fn compare(file: &Path, made: &Made, build: &Build) -> Outcome {
    let shown = file.display();
    let committed = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let renew = renewal(file, made, build, "");
            tell(format_args!(
                "{shown}: there is no such file; make it with\n\n    {renew}\n"
            ));
            return Ok(Done::Found);
        }
        Err(error) => return Err(Failure::new(format_args!("{shown}: {error}"))),
    };
    let format = Format::of_path(file).unwrap_or_else(|| Format::of_text(&committed));
    let read = Document::read(&committed, format);
    let (fresh, options) = alike(&made.document, read.as_ref().ok());
    let Err(stale) = diff::compare(&committed, &fresh.write(format)) else {
        tell(format_args!("{shown} is what the build makes"));
        return Ok(Done::Well);
    };
    let renew = renewal(file, made, build, &options);
    tell(format_args!(
        "{shown} is stale; renew it with\n\n    {renew}\n\n{stale}"
    ));
    match read {
        Ok(old) => {
            let report = diff::changes(&old, &fresh, Options::default());
            tell(format_args!(
                "semver: {} for clients; `realtime asyncapi diff` says why",
                report.semver(Side::Client)
            ));
        }
        Err(error) => tell(format_args!("the committed file cannot be read: {error}")),
    }
    Ok(Done::Found)
}

/// The fresh document in the version and view of the committed one, and the options of `emit` that make it so.
fn alike(fresh: &Document, committed: Option<&Document>) -> (Document, String) {
    let mut options = String::new();
    let mut document = fresh.clone();
    let Some(committed) = committed else {
        return (document, options);
    };
    if committed.asyncapi == Version::V3_1_0.as_str() {
        document = document.with_version(Version::V3_1_0);
        options.push_str(" --spec 3.1.0");
    }
    let view = committed.extensions.get("x-generated-view");
    if view.is_some_and(|view| view.0 == "client") {
        document = document.client_view();
        options.push_str(" --client");
    }
    (document, options)
}

/// The command that makes the file anew.
fn renewal(file: &Path, made: &Made, build: &Build, options: &str) -> String {
    let mut command = "realtime asyncapi emit".to_owned();
    if let Some(manifest) = &build.manifest_path {
        command.push_str(&format!(" --manifest-path {}", manifest.display()));
    }
    command.push_str(&format!(
        " -p {}{options} --output {}",
        made.package.name,
        file.display()
    ));
    if !build.cargo.is_empty() {
        command.push_str(&format!(" -- {}", build.cargo.join(" ")));
    }
    command
}

/// Relative to this folder, where it is below it.
fn shown(file: PathBuf) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    file.strip_prefix(here).map(Path::to_owned).unwrap_or(file)
}
