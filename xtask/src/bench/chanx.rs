//! Chanx, which is written in Python: an environment that has what its server needs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command;

/// Its server, and what that needs.
const FOLDER: &str = "benches/peers/chanx";
/// It asks for this version.
const OLD: &str = "import sys; sys.exit(sys.version_info < (3, 11))";

/// The server's program and the file it runs; the environment is made the first time.
pub(super) fn server(folder: &Path) -> Result<(PathBuf, PathBuf), String> {
    let sources = command::root().join(FOLDER);
    let requirements = sources.join("requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|error| format!("cannot read {}: {error}", requirements.display()))?;
    let venv = folder.join("chanx-venv");
    let python = venv.join("bin/python");
    // Written last: what was broken off is made anew.
    let made = venv.join("made-for");
    let server = sources.join("server.py");
    if fs::read_to_string(&made).is_ok_and(|made| made == wanted) && is_new_enough(&python) {
        return Ok((python, server));
    }
    let base = command::on_path("python3").filter(|python| is_new_enough(python));
    let base = base.ok_or("there is no `python3` from 3.11 on")?;
    eprintln!("making an environment for Chanx in target/bench/chanx-venv");
    let mut make = Command::new(base);
    make.args(["-m", "venv", "--clear"]).arg(&venv);
    if !command::succeeds(&mut make)? {
        return Err("no environment could be made: `python3 -m venv` must work".to_owned());
    }
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "--quiet", "--disable-pip-version-check"])
        .args(["install", "--requirement"])
        .arg(&requirements);
    if !command::succeeds(&mut install)? {
        return Err(format!(
            "what {} lists could not be installed: it needs access to PyPI",
            requirements.display()
        ));
    }
    fs::write(&made, wanted)
        .map_err(|error| format!("cannot write {}: {error}", made.display()))?;
    Ok((python, server))
}

fn is_new_enough(python: &Path) -> bool {
    python.is_file() && command::works(Command::new(python).args(["-c", OLD]))
}
