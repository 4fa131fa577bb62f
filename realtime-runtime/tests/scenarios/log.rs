//! What is logged on this thread, which is the whole runtime of a test.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, LazyLock, Mutex},
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::Field,
    span::{Attributes, Id, Record},
    subscriber::{DefaultGuard, set_default},
};

/// Collects log lines until it is dropped.
pub struct Log {
    lines: Arc<Mutex<Vec<(Level, String)>>>,
    _guard: DefaultGuard,
}

impl Log {
    pub fn new() -> Self {
        // With one subscriber alone, what another thread logs first would be taken for what nobody wants to hear.
        static ANOTHER: LazyLock<Dispatch> =
            LazyLock::new(|| Dispatch::new(Collector(Arc::default())));
        LazyLock::force(&ANOTHER);
        let lines = Arc::default();
        let _guard = set_default(Collector(Arc::clone(&lines)));
        Self { lines, _guard }
    }

    /// The lines of a level or a worse one: message and fields.
    pub fn lines(&self, level: Level) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        let bad = lines.iter().filter(|(of, _)| *of <= level);
        bad.map(|(_, line)| line.clone()).collect()
    }
}

struct Collector(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("realtime")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = String::new();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            let _ = write!(line, "{}={value:?} ", field.name());
        });
        let mut lines = self.0.lock().unwrap();
        lines.push((*event.metadata().level(), line));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
