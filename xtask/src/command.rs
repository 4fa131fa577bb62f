//! Running other programs.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// cargo, at the root of the workspace.
///
/// What `cargo run` told this program about itself is taken back: build scripts would otherwise see other variables
/// than in a shell, and cargo would build anew what is there.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if is_of_cargo_run(&name) {
            cargo.env_remove(name);
        }
    }
    cargo.args(arguments).current_dir(root());
    cargo
}

fn is_of_cargo_run(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
        || matches!(&*name, "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
}

/// Shows the command, runs it, and says whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool, String> {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let mut shown = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        shown.push(' ');
        shown.push_str(&argument.to_string_lossy());
    }
    eprintln!("$ {shown}");
    match command.status() {
        Ok(status) => Ok(status.success()),
        Err(error) => Err(format!("cannot run `{shown}`: {error}")),
    }
}

/// Whether the command succeeds; it shows nothing.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where a program is found, if it is.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
