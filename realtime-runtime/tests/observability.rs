//! What an operator sees: metrics, spans, and nothing that is secret.
#![allow(missing_docs, missing_debug_implementations)]

use std::{
    io,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::request::Parts;
use metrics_exporter_prometheus::PrometheusBuilder;
use realtime_runtime::{MemoryBus, prelude::*};
use realtime_testing::TestApp;
use tracing_subscriber::fmt::MakeWriter;

const SECRET: &str = "hunter2";

#[message(action = "say")]
pub struct Say {
    pub text: String,
}

#[message(action = "said")]
pub struct Said {
    pub text: String,
}

#[message(action = "fail")]
pub struct Fail {
    pub text: String,
}

pub struct HeaderAuth;

impl Authenticator<()> for HeaderAuth {
    type Identity = String;

    async fn authenticate(request: &mut Parts, (): &()) -> Result<String, Reject> {
        match request.headers.get("authorization") {
            Some(_) => Ok("ann".to_owned()),
            None => Err(Reject::no_credentials()),
        }
    }
}

pub struct Room;

#[consumer(name = "room", auth = HeaderAuth, groups("all"))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn say(&mut self, say: Say, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        tracing::info!("in the handler");
        let said = Said { text: say.text };
        Ok(Group::<Self>::new(["all"]).send(cx, said).await?)
    }

    #[ws_handler]
    async fn fail(&mut self, _: Fail) -> Result<Said, Error> {
        Err(Error::forbidden())
    }

    #[event_handler]
    async fn said(&mut self, said: &Said) -> Said {
        said.clone()
    }
}

fn app() -> TestApp {
    TestApp::new(Realtime::builder().consumer::<Room>("/ws").build().unwrap())
}

/// Connections of all kinds, and frames of all kinds, all of which carry the secret.
async fn goings_on() {
    let app = app();
    let path = format!("/ws?token={SECRET}");
    let connect = || {
        let connecting = app.connect(&path);
        connecting.header("cookie", &format!("session={SECRET}"))
    };
    assert!(connect().await.is_err());
    assert!(connect().origin("http://elsewhere").await.is_err());
    let authorized = connect().header("authorization", &format!("Bearer {SECRET}"));
    let mut client = authorized.await.unwrap();
    let text = || SECRET.to_owned();
    client.send(Say { text: text() }).await;
    client.send(Fail { text: text() }).await;
    for raw in [
        format!(r#"{{"action":"say","payload":{{"text":["{SECRET}"]}}}}"#),
        format!(r#"{{"action":"{SECRET}"}}"#),
        format!(r#"{{"{SECRET}"#),
    ] {
        client.send_raw(&raw).await;
    }
    let own = CloseCode::application(3999).unwrap();
    client.disconnect_with(own).await;
}

/// A log that a test reads.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn logged(
    level: tracing_subscriber::filter::LevelFilter,
) -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn neither_payloads_nor_credentials_are_in_the_log() {
    use tracing_subscriber::filter::LevelFilter;
    let (log, _guard) = logged(LevelFilter::DEBUG);
    goings_on().await;
    let text = log.text();
    assert!(text.contains("refused a connection"), "{text}");
    assert!(text.contains("refused a frame"), "{text}");
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn what_a_handler_logs_is_in_the_spans_of_its_connection_and_its_frame() {
    use tracing_subscriber::filter::LevelFilter;
    let (log, _guard) = logged(LevelFilter::DEBUG);
    let mut client = app()
        .connect("/ws")
        .header("authorization", "x")
        .await
        .unwrap();
    client
        .send_raw(r#"{"action":"say","ref":7,"payload":{"text":"hi"}}"#)
        .await;
    let text = log.text();
    let line = text.lines().find(|line| line.contains("in the handler"));
    let line = line.unwrap();
    assert!(line.contains(r#"connection{consumer="room" id="#), "{line}");
    assert!(line.contains(r#"frame{handles="say""#), "{line}");
}

#[tokio::test]
async fn metrics_count_connections_frames_bytes_errors_and_closes() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    goings_on().await;
    let text = handle.render();
    // How long something took, and how many bytes a header is, is not the same every time.
    let steady: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter(|line| !line.contains("bytes") && !line.contains("duration_seconds"))
        .collect();
    let mut steady = steady;
    steady.sort_unstable();
    insta::assert_snapshot!(steady.join("\n"));
    for handler in ["say", "fail", "events"] {
        let count = format!(
            r#"realtime_handler_duration_seconds_count{{consumer="room",handler="{handler}"}} 1"#
        );
        assert!(text.contains(&count), "{text}");
    }
    assert!(
        text.contains(r#"realtime_bytes_total{consumer="room",direction="in"}"#),
        "{text}"
    );
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn metrics_count_what_comes_from_the_bus_and_time_what_comes_back() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let bus = MemoryBus::new();
    let builder = Realtime::builder().consumer::<Room>("/ws");
    let realtime = builder.layer(bus.connect()).build().unwrap();
    let app = TestApp::new(&realtime);
    let mut client = app.connect("/ws").identity("ann".to_owned()).await.unwrap();
    let said = Said {
        text: String::new(),
    };
    let all = Group::<Room>::new(["all"]);
    all.send(&realtime.layer(), said.clone()).await.unwrap();
    assert_eq!(client.next::<Said>().await, said);
    while !handle.render().contains("realtime_layer_received_total 1") {
        tokio::task::yield_now().await;
    }
    // Nothing takes these away while they come.
    for _ in 0..1030 {
        bus.inject("g.room/all", &Bytes::from_static(b"{"));
    }
    for _ in ["it begins", "it is over"] {
        assert_eq!(client.next_frame().await.unwrap()["action"], "gap");
    }
    let text = handle.render();
    for line in [
        "realtime_layer_received_total 1025",
        "realtime_layer_skipped_total 1024",
        "realtime_layer_dropped_total 6",
        "realtime_layer_gaps_total 2",
        "realtime_layer_lag_seconds_count 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}
