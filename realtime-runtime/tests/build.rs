//! What `build()` refuses, with an error that says what to do.
#![allow(missing_docs, missing_debug_implementations)]

use realtime_runtime::{BuildError, prelude::*};

macro_rules! consumer_named {
    ($ident:ident, $name:literal, $state:ty) => {
        struct $ident;

        #[consumer(name = $name, state = $state)]
        impl $ident {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }
        }
    };
}

consumer_named!(Lobby, "lobby", ());
consumer_named!(OtherLobby, "lobby", ());
consumer_named!(Stateful, "stateful", String);

fn refused(builder: RealtimeBuilder) -> BuildError {
    builder.build().expect_err("a refusal")
}

#[test]
fn two_consumers_of_one_name_are_refused() {
    let error = refused(
        Realtime::builder()
            .consumer::<Lobby>("/a")
            .consumer::<OtherLobby>("/b"),
    );
    assert_eq!(
        error.to_string(),
        "two consumers are named `lobby`: give one of them another `#[consumer(name = \"…\")]`"
    );
}

#[test]
fn one_consumer_may_be_mounted_at_several_paths() {
    Realtime::builder()
        .consumer::<Lobby>("/a")
        .consumer::<Lobby>("/b/{c}")
        .build()
        .unwrap();
}

#[test]
fn a_path_that_is_in_anothers_way_is_refused() {
    for (first, second) in [("/a", "/a"), ("/a/{b}", "/a/{c}")] {
        let error = refused(
            Realtime::builder()
                .consumer::<Lobby>(first)
                .consumer::<Lobby>(second),
        );
        assert!(matches!(error, BuildError::DuplicatePath(path) if path == second));
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for path in [
        "",
        "ws",
        "/ws/:id",
        "/ws/{id",
        "/ws/id}",
        "/ws/{}",
        "/ws/a{id}",
        "/{*all}/a",
        "/a?b",
    ] {
        let error = refused(Realtime::builder().consumer::<Lobby>(path));
        assert!(
            matches!(error, BuildError::Path(found) if found == path),
            "{path}"
        );
    }
}

#[test]
fn state_that_was_not_given_is_named() {
    let error = refused(Realtime::builder().consumer::<Stateful>("/a"));
    assert_eq!(
        error.to_string(),
        "the consumer `stateful` needs a `alloc::string::String`: give one with `.state(…)`"
    );
    Realtime::builder()
        .state(String::new())
        .consumer::<Stateful>("/a")
        .build()
        .unwrap();
}
