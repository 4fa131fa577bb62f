//! What the tests need beside cargo: found, installed, or named.

use std::{fs, process::Command};

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
    debian(
        &packages,
        "the browser tests need",
        ", or leave the browser out with `--no-browser`",
    )
}

/// Sees to it that `redis-server` is there. The tests start their own; one of the system is not needed.
pub(crate) fn redis() -> Outcome {
    if command::on_path("redis-server").is_some() {
        return Ok(());
    }
    debian(&["redis-server"], "the tests of several nodes need", "")?;
    // The package starts a service where there is a systemd.
    if command::on_path("systemctl").is_some() {
        let disable = ["disable", "--now", "redis-server"];
        command::works(Command::new("systemctl").args(disable));
    }
    Ok(())
}

/// Installs packages where it may; otherwise says what needs them, and what else can be done.
fn debian(packages: &[&str], needed_by: &str, or: &str) -> Outcome {
    if packages.is_empty() {
        return Ok(());
    }
    let packages = packages.join(" ");
    let advice = format!(
        "{needed_by} the Debian packages `{packages}`: install them as root with `apt-get install {packages}`{or}"
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

/// Sees to it that the official parser of AsyncAPI is there, as its lock file says.
pub(crate) fn parser() -> Outcome {
    let folder = command::root().join("conformance/asyncapi-parser");
    let changed = |file: &str| fs::metadata(folder.join(file))?.modified();
    // npm writes down what it has installed when it is done.
    let installed = changed("node_modules/.package-lock.json");
    let locked = changed("package-lock.json");
    if let (Ok(installed), Ok(locked)) = (installed, locked)
        && installed >= locked
        && command::on_path("node").is_some()
    {
        return Ok(());
    }
    let advice =
        "the tests ask the official parser of AsyncAPI, which needs Node.js from 20 on and its npm";
    if command::on_path("node").is_none() || command::on_path("npm").is_none() {
        return Err(format!(
            "{advice}: install both, for example with `apt-get install nodejs npm`"
        ));
    }
    let mut npm = Command::new("npm");
    // A dependency has a script that reports the installation to somebody else.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    if command::succeeds(&mut npm)? {
        Ok(())
    } else {
        Err(format!(
            "{advice}: `npm ci --ignore-scripts` failed in conformance/asyncapi-parser"
        ))
    }
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
