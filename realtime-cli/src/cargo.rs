//! The document that a package's build script makes.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use realtime_asyncapi::Document;
use serde::Deserialize;

use crate::arguments::Build;
use crate::outcome::Failure;

/// What `realtime_runtime::asyncapi::emit` leaves in `OUT_DIR`.
const FILE: &str = "asyncapi.json";

/// A package of the workspace.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
}

impl Package {
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    #[serde(default)]
    workspace_default_members: Vec<String>,
}

/// A line of `cargo check --message-format=json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    out_dir: Option<PathBuf>,
}

/// A document, and the package it is of.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) package: Package,
    pub(crate) document: Document,
}

/// Builds the package and reads what its build script made. `near` is a file whose package is meant where none is named.
pub(crate) fn document(build: &Build, near: Option<&Path>) -> Result<Made, Failure> {
    let wanted = packages(build, near)?;
    let names: Vec<&str> = wanted.iter().map(|package| package.name.as_str()).collect();
    let mut made = out_dirs(build, &wanted)?;
    made.retain(|(_, out_dir)| out_dir.join(FILE).is_file());
    // In the order of names: scripts run side by side. One that runs twice, for the host and for a target, makes the same.
    made.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    made.dedup_by(|(one, _), (other, _)| one.id == other.id);
    match made.as_slice() {
        [(package, out_dir)] => {
            let path = out_dir.join(FILE);
            let text = fs::read_to_string(&path)
                .map_err(|error| Failure::new(format_args!("{}: {error}", path.display())))?;
            let document = Document::from_json(&text)
                .map_err(|error| Failure::new(format_args!("{}: {error}", path.display())))?;
            Ok(Made {
                package: package.clone(),
                document,
            })
        }
        [] => Err(Failure::new(format_args!(
            "no build script of {} makes a document; it calls `realtime_runtime::asyncapi::emit`, see `realtime \
             asyncapi emit --help`. Another package is named with -p",
            quoted(&names)
        ))),
        several => {
            let names: Vec<&str> = several.iter().map(|(of, _)| of.name.as_str()).collect();
            Err(Failure::new(format_args!(
                "several packages make a document; say with -p which of {} is meant",
                quoted(&names)
            )))
        }
    }
}

/// The packages that may be meant.
pub(crate) fn packages(build: &Build, near: Option<&Path>) -> Result<Vec<Package>, Failure> {
    let manifest = match (&build.manifest_path, near) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(near)) => manifest_above(near),
        (None, None) => None,
    };
    let mut command = cargo(["metadata", "--no-deps", "--format-version=1"]);
    if let Some(manifest) = &manifest {
        command.arg("--manifest-path").arg(manifest);
    }
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::new(format_args!("cargo cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new("`cargo metadata` failed, see above"));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format_args!("`cargo metadata`: {error}")))?;
    let all = metadata.packages;
    if let Some(name) = &build.package {
        let known: Vec<&str> = all.iter().map(|package| package.name.as_str()).collect();
        let found: Vec<Package> = all.iter().filter(|of| of.name == *name).cloned().collect();
        if found.is_empty() {
            let known = quoted(&known);
            return Err(Failure::new(format_args!(
                "the workspace has no package `{name}`; it has {known}"
            )));
        }
        return Ok(found);
    }
    // The package whose manifest is the nearest, or all that cargo builds where nothing is said.
    let here = manifest
        .or_else(|| manifest_above(&env::current_dir().ok()?.join("-")))
        .and_then(|path| path.canonicalize().ok());
    let own = all.iter().find(|package| {
        let path = package.manifest_path.canonicalize().ok();
        path.is_some() && path == here
    });
    Ok(match own {
        Some(own) => vec![own.clone()],
        None => {
            let members = metadata.workspace_default_members;
            let is_member = |package: &Package| members.contains(&package.id);
            all.into_iter().filter(is_member).collect()
        }
    })
}

/// Where the build scripts of these packages write to.
fn out_dirs(build: &Build, packages: &[Package]) -> Result<Vec<(Package, PathBuf)>, Failure> {
    let Some(first) = packages.first() else {
        return Err(Failure::new("the workspace has no packages"));
    };
    let mut command = cargo(["check", "--message-format=json-render-diagnostics"]);
    // A person wants to see that it goes on.
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    command.arg("--manifest-path").arg(&first.manifest_path);
    for package in packages {
        command.arg("--package").arg(&package.name);
    }
    command.args(&build.cargo);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::new(format_args!("cargo cannot be run: {error}")))?;
    let mut found = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Ok(message) = serde_json::from_str::<Message>(&line) else {
                continue;
            };
            if message.reason != "build-script-executed" {
                continue;
            }
            let package = packages
                .iter()
                .find(|package| Some(&package.id) == message.package_id.as_ref());
            if let Some((package, out_dir)) = package.zip(message.out_dir) {
                found.push((package.clone(), out_dir));
            }
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(found),
        Ok(_) => Err(Failure::new("`cargo check` failed, see above")),
        Err(error) => Err(Failure::new(format_args!("`cargo check`: {error}"))),
    }
}

/// cargo, without what an outer cargo told this program about itself: build scripts would otherwise see other variables
/// than in a shell, and cargo would build anew what is there.
fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    const OF_CARGO_RUN: [&str; 4] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ];
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let shown = name.to_string_lossy();
        if OF_CARGO_RUN.iter().any(|prefix| shown.starts_with(prefix))
            || matches!(&*shown, "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
        {
            cargo.env_remove(&name);
        }
    }
    cargo.args(arguments);
    cargo
}

/// The manifest of the package that a file belongs to.
fn manifest_above(file: &Path) -> Option<PathBuf> {
    let file = std::path::absolute(file).ok()?;
    let manifests = file
        .ancestors()
        .skip(1)
        .map(|folder| folder.join("Cargo.toml"));
    manifests.into_iter().find(|manifest| manifest.is_file())
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
