//! A consumer's authenticator is for another state.

use realtime_runtime::prelude::*;

#[derive(Clone)]
struct AppState;

#[derive(Clone)]
struct OtherState;

struct Session;

impl Authenticator<AppState> for Session {
    type Identity = String;

    async fn authenticate(_: &mut http::request::Parts, _: &AppState) -> Result<String, Reject> {
        Ok(String::new())
    }
}

struct Room;

#[consumer(state = OtherState, auth = Session)]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
