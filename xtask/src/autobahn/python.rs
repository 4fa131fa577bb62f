//! Python 2.7, which the suite is written for, and a virtual environment that has the suite.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command;

/// The last version that makes environments for Python 2.7.
const VIRTUALENV: &str = "virtualenv<20.16";

const MISSING: &str = "the Autobahn test suite needs Python 2.7, and none is on PATH (`python2.7`) or among pyenv's: \
                       install it with `pyenv install 2.7.18`, or as your system packages it (with pip)";

/// The Python of an environment with this version of the suite, which is made the first time.
pub(super) fn with_suite(folder: &Path, version: &str) -> Result<PathBuf, String> {
    let suite = format!("autobahntestsuite=={version}");
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    // Written last: what was broken off is made anew.
    let made = venv.join("made-for");
    if fs::read_to_string(&made).is_ok_and(|made| made == suite) && is_2_7(&python) {
        return Ok(python);
    }
    let base = find().ok_or(MISSING)?;
    eprintln!("making an environment for {suite} in target/autobahn/venv");
    let virtualenv = folder.join("virtualenv");
    for old in [&venv, &virtualenv] {
        if old.exists() {
            fs::remove_dir_all(old)
                .map_err(|error| format!("cannot remove {}: {error}", old.display()))?;
        }
    }
    // Beside the environment: the Python that was found is left as it is.
    let mut fetch = pip(&base);
    fetch.arg("install").arg("--target").arg(&virtualenv);
    let mut make = plain(&base);
    make.args(["-m", "virtualenv", "--quiet", "--no-download"])
        .arg(&venv)
        .env("PYTHONPATH", &virtualenv)
        .env("VIRTUALENV_OVERRIDE_APP_DATA", folder.join("app-data"));
    if !command::succeeds(fetch.arg(VIRTUALENV))? || !command::succeeds(&mut make)? {
        return Err(format!(
            "no environment could be made with {}: it needs a pip (`-m ensurepip` gets one) and access to PyPI",
            base.display()
        ));
    }
    if !command::succeeds(pip(&python).args(["install", &suite]))? {
        return Err(format!(
            "{suite} could not be installed: it needs access to PyPI and a C compiler"
        ));
    }
    fs::write(&made, suite).map_err(|error| format!("cannot write {}: {error}", made.display()))?;
    Ok(python)
}

/// Python as its own installation means it, whatever the shell has set.
fn plain(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
    command
}

fn pip(python: &Path) -> Command {
    let mut pip = plain(python);
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"])
        .env("PYTHONWARNINGS", "ignore");
    pip
}

/// The first Python 2.7 that works.
fn find() -> Option<PathBuf> {
    // pyenv puts a `python2.7` on PATH that works only where it is chosen.
    let on_path = command::on_path("python2.7");
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let usual = env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv"));
    let of_pyenv = pyenv.into_iter().chain(usual);
    let mut found = on_path
        .into_iter()
        .chain(of_pyenv.flat_map(|root| versions(&root)));
    found.find(|python| is_2_7(python))
}

/// The Pythons 2.7 that pyenv has installed, the latest first.
fn versions(pyenv: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(pyenv.join("versions"));
    let mut found: Vec<_> = entries
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("2.7"))
        .map(|entry| entry.path().join("bin/python"))
        .collect();
    found.sort();
    found.reverse();
    found
}

fn is_2_7(python: &Path) -> bool {
    let ask = "import sys; sys.exit(sys.version_info[:2] != (2, 7))";
    python.is_file() && command::works(plain(python).args(["-c", ask]))
}
