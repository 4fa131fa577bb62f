//! A tab, and what it knows of who is here.

use example_testing::{Running, Socket};
use redis_testing::eventually;
use serde_json::{Value, json};

/// A tab of a user.
pub(crate) struct Tab {
    pub(crate) name: String,
    pub(crate) socket: Socket,
}

impl Tab {
    /// With a session of its own.
    pub(crate) async fn open(node: &Running, name: &str) -> Self {
        Self::of(name, node, &node.sign_in(name)).await
    }

    /// With a session that there is. Its first frame has come.
    pub(crate) async fn of(name: &str, node: &Running, cookie: &str) -> Self {
        let mut socket = node.connect("/ws/presence/", cookie).await;
        socket.next().await;
        let name = name.to_owned();
        Self { name, socket }
    }

    pub(crate) async fn close(self) {
        self.socket.close().await;
    }

    /// What the first frame says.
    pub(crate) fn begins_with(&self, users: u64, connections: u64) {
        let first = &self.socket.heard().frames[0];
        let expected =
            json!({ "users": users, "connections": connections, "joined": [], "left": [] });
        assert_eq!(first["payload"], expected);
    }

    /// Waits until it has been told that so many are here.
    pub(crate) async fn counts(&self, users: u64, connections: u64) {
        let what = format!("{} counts {users} and {connections}", self.name);
        let is_so = |frames: &[Value]| {
            presences(frames).next_back().is_some_and(|last| {
                (&last["users"], &last["connections"]) == (&json!(users), &json!(connections))
            })
        };
        self.socket.until(&what, |heard| is_so(&heard.frames)).await;
    }

    /// Waits until it has been told of as many as these who came and went; that they are these, each once.
    pub(crate) async fn has_heard(&self, joined: &[&str], left: &[&str]) {
        let what = format!("{} hears of {joined:?} and {left:?}", self.name);
        let is_so = |frames: &[Value]| {
            names(frames, "joined").len() >= joined.len()
                && names(frames, "left").len() >= left.len()
        };
        self.socket.until(&what, |heard| is_so(&heard.frames)).await;
        assert_eq!(
            (self.joined(), self.left()),
            (owned(joined), owned(left)),
            "{what}"
        );
    }

    /// Waits until it has been told of as many as these who went; that they are these, each once.
    pub(crate) async fn has_heard_of_leaves(&self, expected: &[&str]) {
        let what = format!("{} hears that {expected:?} left", self.name);
        self.socket
            .until(&what, |heard| {
                names(&heard.frames, "left").len() >= expected.len()
            })
            .await;
        assert_eq!(self.left(), owned(expected), "{what}");
    }

    /// Who came, by name.
    pub(crate) fn joined(&self) -> Vec<String> {
        names(&self.socket.heard().frames, "joined")
    }

    /// Who has left, by name.
    pub(crate) fn left(&self) -> Vec<String> {
        names(&self.socket.heard().frames, "left")
    }

    /// Waits until it has been told so many times that somebody types.
    pub(crate) async fn has_heard_typing(&self, times: usize) {
        let what = format!("{} hears {times} times that somebody types", self.name);
        self.socket
            .until(&what, |heard| typing(&heard.frames).count() >= times)
            .await;
    }

    /// Who has typed, in the order in which it was told.
    pub(crate) fn typing(&self) -> Vec<String> {
        let heard = self.socket.heard();
        typing(&heard.frames).map(ToOwned::to_owned).collect()
    }

    /// What it is answered when it asks who is here, and with how many connections.
    pub(crate) async fn list(&self) -> Vec<(String, u64)> {
        self.socket.send(&json!({ "action": "who" })).await;
        let count = |frames: &[Value]| rosters(frames).count();
        let before = count(&self.socket.heard().frames);
        self.socket
            .until("a roster", |heard| count(&heard.frames) > before)
            .await;
        let heard = self.socket.heard();
        let roster = rosters(&heard.frames).next_back().into_iter().flatten();
        let row = |person: &Value| {
            let name = person["name"].as_str().unwrap().to_owned();
            (name, person["connections"].as_u64().unwrap())
        };
        roster.map(row).collect()
    }

    /// Waits until it is answered that these are here.
    pub(crate) async fn lists(&self, expected: &[(&str, u64)]) {
        let what = format!("{} sees {expected:?}", self.name);
        let owned = |(name, connections): &(&str, u64)| ((*name).to_owned(), *connections);
        let expected: Vec<_> = expected.iter().map(owned).collect();
        eventually(&what, async || {
            (self.list().await == expected).then_some(())
        })
        .await;
    }
}

/// Who came and went, and how many are here.
fn presences(frames: &[Value]) -> impl DoubleEndedIterator<Item = &Value> {
    let told = frames.iter().filter(|frame| frame["action"] == "presence");
    told.map(|frame| &frame["payload"])
}

/// Who types.
fn typing(frames: &[Value]) -> impl Iterator<Item = &str> {
    let told = frames.iter().filter(|frame| frame["action"] == "typing");
    told.filter_map(|frame| frame["payload"]["name"].as_str())
}

fn rosters(frames: &[Value]) -> impl DoubleEndedIterator<Item = &Vec<Value>> {
    let rosters = frames.iter().map(|frame| &frame["payload"]["users"]);
    rosters.filter_map(Value::as_array)
}

/// All that were told to have `joined` or `left`, in the order of their names.
fn names(frames: &[Value], what: &str) -> Vec<String> {
    let lists = presences(frames).filter_map(|told| told[what].as_array());
    let mut names: Vec<_> = lists
        .flatten()
        .filter_map(|name| name.as_str().map(ToOwned::to_owned))
        .collect();
    names.sort();
    names
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
