//! axum's extractors as arguments of `#[on_connect]`.

use axum::{
    extract::{Path, Query},
    http::Uri,
};
use realtime_runtime::prelude::*;

#[derive(Clone)]
struct AppState;

#[derive(realtime_runtime::serde::Deserialize)]
#[serde(crate = "realtime_runtime::serde")]
struct Search {
    #[serde(default)]
    since: u64,
}

struct Room;

#[consumer(state = AppState)]
impl Room {
    #[on_connect]
    async fn connect(
        cx: &mut Connect<'_, Self>,
        Path(room): Path<String>,
        Query(Search { since }): Query<Search>,
        axum::extract::State(_): axum::extract::State<AppState>,
        uri: Uri,
    ) -> Result<Self, Reject> {
        let _ = (cx, room, since, uri);
        Ok(Self)
    }
}

fn main() {
    let built = Realtime::builder()
        .state(AppState)
        .consumer::<Room>("/ws/{room}")
        .build();
    assert!(built.is_ok());
}
