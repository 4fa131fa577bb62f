//! Messages and handlers of every shape, with the tag `action`.

use realtime_runtime::prelude::*;

/// Are you there?
#[message(action = "ping")]
pub struct Ping;

/// Yes.
#[message(action = "pong")]
pub struct Pong;

/// Draws a line.
///
/// From one point to another, **straight**:
///
/// | End | Meaning |
/// |---|---|
/// | `from` | where it begins |
/// | `to` | where it ends |
///
/// ```json
/// {"action": "draw", "payload": {"from": {"x": 0, "y": 0}, "to": {"x": 1, "y": 1}, "width": null}}
/// ```
///
/// - A line without a `width` is a hair.
/// - Its `label` is shown as text; `<b>` is no markup.
#[message(action = "draw", rename_all = "camelCase")]
#[example("A hair", Self {
    from: Point { x: 0, y: 0 },
    to: Point { x: 3, y: 4 },
    width: None,
    line_label: String::new(),
    style: Style::Solid,
})]
pub struct Draw {
    /// Where it begins.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
    /// In pixels.
    pub width: Option<u8>,
    /// What stands beside it.
    #[serde(default)]
    #[garde(length(chars, max = 40))]
    pub line_label: String,
    /// How it looks.
    #[serde(default)]
    pub style: Style,
}

/// A place on the board.
#[derive(
    Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Point {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

/// How a line looks.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Without gaps.
    #[default]
    Solid,
    /// With gaps.
    Dashed,
}

/// A line was drawn.
#[message(action = "drawn")]
pub struct Drawn {
    /// Its number.
    pub line: u32,
}

/// Names the board. The payload is a text.
#[message(action = "rename")]
#[example(Self("Our house".to_owned()))]
pub struct Rename(#[garde(length(chars, min = 1, max = 80))] pub String);

/// The board has another name.
#[message(action = "renamed")]
pub struct Renamed(pub String);

/// What can be done with the lines.
#[derive(
    Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message,
)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
pub enum Edit {
    /// Moves a line.
    ///
    /// By this much.
    Move {
        /// Which one.
        line: u32,
        /// How far.
        by: Point,
    },
    /// Erases a line.
    Erase(LineId),
    /// Begins anew.
    Clear,
}

/// A line.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct LineId {
    /// Its number.
    pub line: u32,
}

/// What became of them.
#[derive(
    Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Message,
)]
#[serde(tag = "action", content = "payload", rename_all = "snake_case")]
pub enum Edited {
    /// So many are left.
    Lines {
        /// How many.
        count: u32,
    },
    /// None is left.
    Empty,
}

/// Forget the board.
#[message(action = "forget")]
#[deprecated]
pub struct Forget;

/// Reset everything; for operators.
#[message(action = "reset")]
pub struct Reset;

/// How things stand; the first frame.
#[message(action = "state")]
pub struct State {
    /// How many lines there are.
    pub lines: u32,
}

/// Somebody came or went.
#[message(action = "people")]
pub struct People {
    /// How many there are.
    pub count: u32,
}

/// Somebody points somewhere.
#[message(action = "pointed")]
pub struct Pointed {
    /// Where.
    pub at: Point,
}

/// The board is being stored.
#[message(action = "storing")]
pub struct Storing;

/// It was pointed at a line.
#[message(action = "line_pointed")]
pub struct LinePointed {
    /// Which one.
    pub line: u32,
}

/// Answers, whoever asks.
#[ws_handler(shared, tags("common"))]
pub async fn ping(_: Ping) -> Pong {
    Pong
}

/// Tells everybody how many people there are.
#[event_handler(shared, tags("people"))]
pub async fn people(event: &People) -> People {
    event.clone()
}

pub struct Shapes {
    lines: u32,
}

/// A board on which everybody draws.
///
/// Lines are numbered from *one*. Nobody is told who drew them.
#[consumer(
    name = "board",
    output(State),
    groups("everybody"),
    forward(Drawn),
    ws_handlers(ping),
    event_handlers(people),
    authentication,
    completions
)]
impl Shapes {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.send(State { lines: 0 }).await?;
        Ok(Self { lines: 0 })
    }

    #[on_disconnect]
    async fn gone(&mut self) {}

    /// Draws a line for everybody.
    ///
    /// They are told with `drawn`, and so is who drew it.
    #[ws_handler(tags("lines", "writing"))]
    async fn draw(&mut self, _: Draw) -> Drawn {
        self.lines += 1;
        Drawn { line: self.lines }
    }

    /// Names the board.
    #[ws_handler(output(Storing))]
    async fn rename(&mut self, name: Rename, cx: &mut Context<'_, Self>) -> Result<Renamed, Error> {
        cx.send(Storing).await?;
        Ok(Renamed(name.0))
    }

    /// Changes lines.
    #[ws_handler(tags("lines"))]
    async fn edit(&mut self, edit: Edit) -> Edited {
        match edit {
            Edit::Clear => Edited::Empty,
            Edit::Move { .. } | Edit::Erase(_) => Edited::Lines { count: self.lines },
        }
    }

    /// Forgets the board.
    #[deprecated]
    #[allow(deprecated)]
    #[ws_handler(summary = "Forgets everything.")]
    async fn forget(_: Forget) {}

    #[ws_handler(hidden)]
    async fn reset(&mut self, _: Reset) {
        self.lines = 0;
    }

    /// Somebody points at a line.
    #[event_handler(tags("people"))]
    async fn pointed(&mut self, event: &Pointed) -> Option<LinePointed> {
        let line = u32::try_from(event.at.x).ok()?;
        Some(LinePointed { line })
    }

    /// Tells nobody.
    #[event_handler]
    async fn cleared(&mut self, _: &Reset) {
        self.lines = 0;
    }
}
