//! A generic consumer has no name.

use realtime_runtime::prelude::*;

struct Room<S>(S);

#[consumer]
impl<S: Default + Send + Sync + 'static> Room<S> {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self(S::default()))
    }
}

fn main() {}
