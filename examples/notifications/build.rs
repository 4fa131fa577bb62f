//! Writes the AsyncAPI document of the program that is about to be built.

use notifications_contract::{NoStore, mount};
use realtime_runtime::Realtime;

fn main() -> Result<(), realtime_runtime::Error> {
    realtime_runtime::asyncapi::emit(&mount::<NoStore>(Realtime::builder()))?;
    Ok(())
}
