//! What the log says of tokens that are refused.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use realtime_runtime::auth::jwt::Jwt;
use realtime_testing::TestApp;
use serde_json::{Value, json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::tokens::{SECRET, claims_with, in_seconds, inbox, sign};

/// Keeps every line of every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut log = self.0.lock().unwrap();
        write!(log, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
        let mut log = self.0.lock().unwrap();
        writeln!(log, "{}", event.metadata().level()).unwrap();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_cause_is_logged_and_nothing_of_the_token() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let app = TestApp::new(inbox(Jwt::from_secret(SECRET)));
    let secretive = |changes: Value| sign(&claims_with(changes));
    let good = sign(&claims_with(json!({"name": "ann-the-secretive"})));
    let tokens = [
        secretive(json!({"name": "ann-the-secretive", "exp": 1})),
        secretive(json!({"name": {"ann-the-secretive": 1}})),
        secretive(json!({"exp": "ann-the-secretive"})),
        secretive(json!({"sub": ["ann-the-secretive"]})),
        format!("{good}x"),
        "ann-the-secretive".to_owned(),
        "ann-the-secretive!.ann-the-secretive!.ann-the-secretive!".to_owned(),
    ];
    for token in &tokens {
        let bearer = format!("Bearer {token}");
        let connecting = app.connect("/ws").header("authorization", &bearer);
        connecting.await.unwrap_err();
        let cookie = format!("jwt={token}; jwt={token}");
        app.connect("/ws")
            .header("cookie", &cookie)
            .await
            .unwrap_err();
        let path = format!("/ws?token={token}");
        app.connect(&path).await.unwrap_err();
    }
    let path = format!("/ws?token={good}");
    let mut client = app.connect(&path).await.unwrap();
    for token in &tokens {
        let frame = json!({"action": "refresh", "payload": {"token": token}});
        client.send_raw(frame.to_string()).await;
    }
    let claims = json!({"name": "ann-the-secretive", "exp": in_seconds(60)});
    let fresh = sign(&claims_with(claims));
    let frame = json!({"action": "refresh", "payload": {"token": fresh}});
    client.send_raw(frame.to_string()).await;
    let log = log.0.lock().unwrap();
    assert!(log.contains("cause=ExpiredSignature DEBUG"), "{log}");
    for token in tokens.iter().chain([&good, &fresh]) {
        for part in token.split('.') {
            assert!(!log.contains(part), "{log}");
        }
    }
    assert!(!log.contains("secretive"), "{log}");
}
