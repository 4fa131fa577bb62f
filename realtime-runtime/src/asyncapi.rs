//! The AsyncAPI document: emitted by a build script, the same at run time.

pub use realtime_asyncapi::{Document, DocumentError, document, spec};

use std::{env, fs, path::PathBuf};

use crate::{error::Error, server::RealtimeBuilder};

/// Writes `asyncapi.json` to `OUT_DIR`; to be called from a build script. Returns where.
///
/// ```ignore
/// // build.rs, which build-depends on the crate that holds the contract
/// fn main() -> Result<(), realtime_runtime::Error> {
///     realtime_runtime::asyncapi::emit(&contract::mount(Realtime::builder()))?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// When the document cannot be made, when `OUT_DIR` is not set, or when the file cannot be written.
pub fn emit(builder: &RealtimeBuilder) -> Result<PathBuf, Error> {
    let out = env::var_os("OUT_DIR")
        .ok_or_else(|| Error::internal("OUT_DIR is not set: call `emit` from a build script"))?;
    let path = PathBuf::from(out).join("asyncapi.json");
    fs::write(&path, builder.asyncapi()?.to_json_pretty())?;
    // The contract is a build dependency: cargo itself runs the script again when it changes.
    println!("cargo::rerun-if-changed=build.rs");
    Ok(path)
}
