//! The copies under version control.

use std::fs;

use realtime_asyncapi::diff;

/// Fails where the copy is stale. With `UPDATE_DOCUMENTS=1` in the environment it is renewed instead.
pub(crate) fn compare(path: &str, fresh: &str) {
    if std::env::var_os("UPDATE_DOCUMENTS").is_some_and(|value| value == "1") {
        fs::write(path, fresh).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    if let Err(stale) = diff::compare(&committed, fresh) {
        panic!("{path} is stale; `cargo xtask asyncapi` renews it, then commit it\n{stale}");
    }
}
