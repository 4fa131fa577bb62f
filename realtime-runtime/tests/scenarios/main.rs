//! Behaviour that users of other frameworks rely on, numbered as in the book's table.
//!
//! Each scenario is one function that is two tests: in memory and over TCP, with the same assertions.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

mod access;
mod dispatch;
mod events;
mod groups;
mod guests;
mod handshake;
mod input;
mod layer;
mod life;
mod log;
mod peer;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use realtime_runtime::Realtime;
use realtime_testing::TestApp;

/// How a scenario's clients reach the application.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Memory,
    Tcp,
}

impl Transport {
    fn app(self, realtime: &Realtime) -> TestApp {
        let app = TestApp::new(realtime);
        match self {
            Self::Memory => app,
            Self::Tcp => app.over_tcp(),
        }
    }
}

/// Each scenario as two tests.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const NAMES: &[&str] = &[$(concat!(module_path!(), "::", stringify!($name))),+];

        $(
        mod $name {
            #[tokio::test]
            async fn in_memory() {
                super::$name(crate::Transport::Memory).await;
            }

            #[tokio::test]
            async fn over_tcp() {
                super::$name(crate::Transport::Tcp).await;
            }
        }
        )+
    };
}

use scenarios;

async fn watched<F: Future>(future: F) -> F::Output {
    let watched = tokio::time::timeout(Duration::from_secs(10), future);
    watched.await.expect("an answer within ten seconds")
}

/// The book's table has them all, and no others.
#[test]
fn the_table_names_each_scenario() {
    let table = include_str!("../../../docs/src/scenarios.md");
    let modules = [
        access::NAMES,
        dispatch::NAMES,
        events::NAMES,
        groups::NAMES,
        handshake::NAMES,
        input::NAMES,
        layer::NAMES,
        life::NAMES,
    ];
    let names = modules.concat();
    for name in &names {
        let name = name.strip_prefix("scenarios::").unwrap();
        assert!(table.contains(&format!("`{name}`")), "{name}");
    }
    let named = ["::chanx_", "::django_"].map(|prefix| table.matches(prefix).count());
    assert_eq!(named[0] + named[1], names.len());
}

/// Lets others go on until something is so. For what has no cause, as a connection that is cut.
async fn until(mut so: impl FnMut() -> bool) {
    watched(async {
        while !so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
