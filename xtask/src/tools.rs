//! What the tests need beside cargo: found, installed, or named.

use std::process::Command;

use crate::{Outcome, command};

/// Sees to it that rustfmt and clippy are there.
pub(crate) fn components(names: &[&str]) -> Outcome {
    let missing: Vec<_> = names
        .iter()
        .filter(|name| {
            let subcommand = if **name == "rustfmt" { "fmt" } else { name };
            !command::works(&mut command::cargo([subcommand, "--version"]))
        })
        .copied()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let advice = format!("the tests need {}", missing.join(" and "));
    if command::on_path("rustup").is_none() {
        return Err(format!("{advice}: install them with your Rust toolchain"));
    }
    if command::succeeds(
        Command::new("rustup")
            .args(["component", "add"])
            .args(&missing),
    )? {
        Ok(())
    } else {
        Err(format!(
            "{advice}: `rustup component add {}` failed",
            missing.join(" ")
        ))
    }
}

/// Sees to it that Chromium and its driver are there.
pub(crate) fn browser() -> Outcome {
    let found = |programs: &[&str]| programs.iter().any(|name| command::on_path(name).is_some());
    let mut packages = Vec::new();
    if !found(&["chromium", "chromium-browser", "google-chrome"]) {
        packages.push("chromium");
    }
    if !found(&["chromedriver"]) {
        packages.push("chromium-driver");
    }
    if packages.is_empty() {
        return Ok(());
    }
    let packages = packages.join(" ");
    let advice = format!(
        "the browser tests need the Debian packages `{packages}`: install them as root with \
         `apt-get install {packages}`, or leave the browser out with `--no-browser`"
    );
    if command::on_path("apt-get").is_none() || !is_root() {
        return Err(advice);
    }
    let apt = |arguments: &str| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            .args(arguments.split(' '));
        command::succeeds(&mut apt)
    };
    let install = format!("install --yes --no-install-recommends {packages}");
    // The list of packages is renewed only where it does not do: that takes longer than the rest.
    if apt(&install)? || apt("update")? && apt(&install)? {
        Ok(())
    } else {
        Err(advice)
    }
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
