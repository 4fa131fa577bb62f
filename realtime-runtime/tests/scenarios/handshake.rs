//! Origins, paths, subprotocols, headers of the answer.

use http::{HeaderName, HeaderValue};
use realtime_runtime::prelude::*;
use tracing::Level;

use crate::{
    Transport,
    log::Log,
    scenarios,
    support::{Ping, Pong, zoo, zoo_with},
};

scenarios! {
    django_02_a_foreign_origin_is_403_and_one_log_line_names_it_and_the_rule,
    django_03_the_list_of_origins_means_what_it_says,
    django_04_an_unknown_path_is_404_and_no_error_in_the_log,
    django_05_the_chosen_subprotocol_is_answered_and_none_is_refused,
    django_06_headers_and_the_close_reach_the_peer_unchanged,
}

async fn django_02_a_foreign_origin_is_403_and_one_log_line_names_it_and_the_rule(
    transport: Transport,
) {
    let (realtime, state) = zoo_with(|builder| builder.allowed_origins(["https://example.com"]));
    let app = transport.app(&realtime);
    for (origin, rule) in [
        (
            Some("https://evil.example"),
            "the Origin is not in the list",
        ),
        (None, "there is no Origin"),
        (Some(""), "the Origin is not `scheme://host[:port]`"),
        (Some("null"), "the Origin is not `scheme://host[:port]`"),
        (Some("https://"), "the Origin is not `scheme://host[:port]`"),
    ] {
        let log = Log::new();
        let attempt = app.connect("/ws");
        let attempt = match origin {
            Some(origin) => attempt.origin(origin),
            None => attempt.no_origin(),
        };
        let refused = attempt.await.unwrap_err();
        assert_eq!(refused.status(), Some(403), "{origin:?}");
        let lines = log.lines(Level::WARN);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(rule), "{lines:?}");
        assert!(
            lines[0].contains(&format!("origin={origin:?}")),
            "{lines:?}"
        );
    }
    assert_eq!(state.connected.load(std::sync::atomic::Ordering::SeqCst), 0);
}

async fn django_03_the_list_of_origins_means_what_it_says(transport: Transport) {
    let table: [(&str, &str, bool); 14] = [
        (".example.com", "https://example.com", true),
        (".example.com", "https://a.example.com", true),
        (".example.com", "https://badexample.com", false),
        ("https://example.com", "https://example.com", true),
        ("https://example.com", "https://example.com:443", true),
        ("https://example.com", "https://example.com:8443", false),
        ("https://example.com", "http://example.com", false),
        ("https://example.com", "https://a.example.com", false),
        // Without a scheme the host alone is compared.
        ("example.com", "http://example.com:9999", true),
        ("example.com", "https://example.com", true),
        ("example.com", "https://a.example.com", false),
        ("127.0.0.1", "http://127.0.0.1:9999", true),
        ("example.com", "null", false),
        ("example.com", "", false),
    ];
    for (entry, origin, allowed) in table {
        let (realtime, _) = zoo_with(|builder| builder.allowed_origins([entry]));
        let app = transport.app(&realtime);
        let connected = app.connect("/ws").origin(origin).await;
        assert_eq!(connected.is_ok(), allowed, "{entry} {origin:?}");
        let missing = app.connect("/ws").no_origin().await;
        assert_eq!(missing.unwrap_err().status(), Some(403), "{entry}");
    }
    for entry in ["*", "*.example.com", "https://*.example.com"] {
        let refused = Realtime::builder().allowed_origins([entry]).build();
        assert!(refused.is_err(), "{entry}");
    }
    // Only who says so lets a client in that has no origin.
    let (realtime, _) = zoo_with(RealtimeBuilder::any_origin);
    let app = transport.app(&realtime);
    app.connect("/ws").no_origin().await.unwrap();
    app.connect("/ws").origin("https://a.b").await.unwrap();
}

async fn django_04_an_unknown_path_is_404_and_no_error_in_the_log(transport: Transport) {
    let app = transport.app(&zoo().0);
    let log = Log::new();
    for path in ["/nothing", "/ws/more", "/"] {
        let refused = app.connect(path).await.unwrap_err();
        assert_eq!(refused.status(), Some(404), "{path}");
    }
    assert_eq!(log.lines(Level::WARN), [""; 0]);
}

/// Chooses the subprotocol that the query names.
struct Chooser;

#[consumer(name = "chooser")]
impl Chooser {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        if let Some(chosen) = cx.uri().query().map(str::to_owned) {
            cx.select_subprotocol(&chosen)?;
        }
        cx.set_header(
            HeaderName::from_static("x-greeting"),
            HeaderValue::from_static("hello, \"you\""),
        );
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Pong {
        let code = CloseCode::application(4321).unwrap();
        cx.close(code, "so long, and ünïcode");
        Pong
    }
}

fn chooser() -> Realtime {
    let code = CloseCode::application(4321).unwrap();
    Realtime::builder()
        .close_code(code, "farewell", "All is said.", false)
        .consumer::<Chooser>("/ws")
        .build()
        .unwrap()
}

async fn django_05_the_chosen_subprotocol_is_answered_and_none_is_refused(transport: Transport) {
    let realtime = chooser();
    let app = transport.app(&realtime);
    let offers = |path, offered| app.connect(path).header("sec-websocket-protocol", offered);
    for offered in ["a,b", "a, b"] {
        let client = offers("/ws?b", offered).await.unwrap();
        assert_eq!(client.headers()["sec-websocket-protocol"], "b");
    }
    // A browser would end it by itself, and say nothing of the cause.
    let refused = offers("/ws", "chat, token.abc").await.unwrap_err();
    assert_eq!(refused.status(), Some(400));
    assert!(!format!("{refused:?}").contains("token.abc"));
    assert!(format!("{refused:?}").contains("None of the subprotocols"));
    let client = app.connect("/ws").await.unwrap();
    assert!(client.headers().get("sec-websocket-protocol").is_none());
    // A choice that was not offered is a mistake of the application's.
    let refused = offers("/ws?c", "a, b").await;
    assert_eq!(refused.unwrap_err().code(), Some(1011));
}

async fn django_06_headers_and_the_close_reach_the_peer_unchanged(transport: Transport) {
    let app = transport.app(&chooser());
    let mut client = app.connect("/ws").await.unwrap();
    assert_eq!(client.headers()["x-greeting"], "hello, \"you\"");
    client.send(Ping).await;
    client.expect::<Pong>();
    let code = CloseCode::application(4321).unwrap();
    assert_eq!(client.assert_closed(code).await, "so long, and ünïcode");
}
