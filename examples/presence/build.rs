//! Writes the AsyncAPI document of the program that is about to be built.

use example_contract::NoSessions;
use presence_contract::mount;
use realtime_runtime::Realtime;

fn main() -> Result<(), realtime_runtime::Error> {
    realtime_runtime::asyncapi::emit(&mount::<NoSessions>(Realtime::builder()))?;
    Ok(())
}
