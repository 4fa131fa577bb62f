//! Documents from files, from standard input and from git; texts to files and to standard output.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::Command;

use realtime_asyncapi::{Document, Format};

use crate::outcome::Failure;

/// A document, and how it was written.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) document: Document,
    pub(crate) format: Format,
}

/// Reads a document from a file, from standard input (`-`) or from a revision of git (`REVISION:PATH`).
pub(crate) fn read(name: &str) -> Result<Source, Failure> {
    let text = text(name)?;
    // Some editors begin a file with a byte order mark, which JSON does not know.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let format = Format::of_path(Path::new(name)).unwrap_or_else(|| Format::of_text(text));
    let document = Document::read(text, format)
        .map_err(|error| Failure::new(format_args!("{}: {error}", called(name))))?;
    Ok(Source { document, format })
}

/// How an input is called in a sentence.
pub(crate) fn called(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
}

fn text(name: &str) -> Result<String, Failure> {
    if name == "-" {
        let mut text = String::new();
        return match std::io::stdin().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(Failure::new(format_args!("standard input: {error}"))),
        };
    }
    match fs::read_to_string(name) {
        Ok(text) => Ok(text),
        // A file whose name has a colon is a file first.
        Err(error) if error.kind() == ErrorKind::NotFound && name.contains(':') => of_git(name),
        Err(error) => Err(Failure::new(format_args!("{name}: {error}"))),
    }
}

fn of_git(name: &str) -> Result<String, Failure> {
    // `--end-of-options` keeps a name that begins with a dash from being an option.
    let output = Command::new("git")
        .args(["show", "--end-of-options", name])
        .output()
        .map_err(|error| {
            Failure::new(format_args!(
                "{name}: there is no such file, and git cannot be run: {error}"
            ))
        })?;
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .map_err(|_| Failure::new(format_args!("{name}: not UTF-8")));
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format_args!(
        "{name}: there is no such file, and git says: {}\n\
         a path after the colon begins at the root of the repository; `REVISION:./PATH` begins here",
        reason.trim_end()
    )))
}

/// Writes a text to a file, or to standard output (`-`).
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        return print(text);
    }
    fs::write(path, text).map_err(|error| Failure::new(format_args!("{}: {error}", path.display())))
}

/// Writes to standard output; a reader that has seen enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format_args!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
