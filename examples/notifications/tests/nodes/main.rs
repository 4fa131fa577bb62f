//! Two nodes of the program, one Redis.

mod faults;
mod load;

use example_testing::{Nodes, Program, Running, Socket};
use serde_json::{Value, json};

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_notifications"));
const PATH: &str = "/ws/notifications/";

/// Stores a notification for whom the cookie is of.
fn fire(node: &Running, cookie: &str, title: &str) {
    let body = json!({ "title": title }).to_string();
    let answer = node.request("POST", "/realtime/fire/", cookie, &body);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

/// A new tab, which has its first frame.
async fn tab(node: &Running, cookie: &str) -> Socket {
    let mut tab = node.connect(PATH, cookie).await;
    assert_eq!(tab.next().await["type"], "initial");
    tab
}

/// The titles of the notifications that were pushed.
fn titles(frames: &[Value]) -> Vec<&str> {
    let titles = frames.iter().map(|frame| &frame["notification"]["title"]);
    titles.filter_map(Value::as_str).collect()
}

/// What the badge shows.
fn count(frames: &[Value]) -> Option<i64> {
    let counts = frames.iter().map(|frame| &frame["unread_count"]);
    counts.filter_map(Value::as_i64).next_back()
}

/// Waits until the notifications that were pushed are these, with the count after them.
async fn hears(tab: &Socket, expected: &[&str], unread: i64) {
    let what = format!("{expected:?} and {unread}");
    tab.until(&what, |heard| {
        titles(&heard.frames) == expected && count(&heard.frames) == Some(unread)
    })
    .await;
}

#[tokio::test]
async fn a_notification_reaches_the_users_tabs_on_both_nodes_once() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let (ann, ben) = (here.sign_in("ann"), there.sign_in("ben"));
    let anns = [
        tab(&here, &ann).await,
        tab(&there, &ann).await,
        tab(&there, &ann).await,
    ];
    let bens = [tab(&here, &ben).await, tab(&there, &ben).await];
    // What one node publishes arrives in its order: had a tab more to hear, it would have come before the last one.
    for (node, number) in [(&here, "1"), (&there, "2")] {
        fire(node, &ann, number);
        for tab in &anns {
            let heard = ["1", "2"];
            let number: usize = number.parse().unwrap();
            hears(tab, &heard[..number], number.try_into().unwrap()).await;
        }
        fire(node, &ben, "for ben");
    }
    for tab in &bens {
        hears(tab, &["for ben", "for ben"], 2).await;
    }
    for tab in &anns {
        hears(tab, &["1", "2"], 2).await;
    }
    let listed = there.request("GET", "/notifications", &ann, "");
    assert!(listed.contains(r#""unread_count":2"#), "{listed}");
}

#[tokio::test]
async fn what_is_read_in_one_tab_is_read_in_those_on_the_other_node() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let ann = here.sign_in("ann");
    fire(&here, &ann, "before");
    let (near, far) = (tab(&here, &ann).await, tab(&there, &ann).await);
    near.send(&json!({ "type": "mark_all_read" })).await;
    hears(&near, &[], 0).await;
    hears(&far, &[], 0).await;
    fire(&there, &ann, "after");
    hears(&near, &["after"], 1).await;
    let read = there.request("POST", "/notifications/2/read", &ann, "");
    assert!(read.contains(r#"{"unread_count":0}"#), "{read}");
    hears(&near, &["after"], 0).await;
    hears(&far, &["after"], 0).await;
}

#[tokio::test]
async fn to_sign_out_on_one_node_closes_the_sessions_sockets_on_both() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let (ann, elsewhere) = (here.sign_in("ann"), here.sign_in("ann"));
    let closed = [tab(&here, &ann).await, tab(&there, &ann).await];
    let kept = [tab(&here, &elsewhere).await, tab(&there, &elsewhere).await];
    let answer = here.request("POST", "/logout", &ann, "");
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    for tab in &closed {
        assert_eq!(tab.closed().await, Some(4401));
    }
    // The session is over on the other node, too.
    assert_eq!(there.connect(PATH, &ann).await.closed().await, Some(4401));
    fire(&there, &elsewhere, "still here");
    for tab in &kept {
        hears(tab, &["still here"], 1).await;
    }
}

/// The database is one file: none of them fails as another one writes, or makes it.
#[tokio::test]
async fn nodes_that_start_and_write_at_once_wait_for_each_other() {
    for _ in 0..3 {
        let nodes = Nodes::of(PROGRAM).await;
        std::thread::scope(|threads| {
            for name in ["ann", "ben", "eve"] {
                let nodes = &nodes;
                threads.spawn(move || {
                    let node = nodes.start();
                    let cookie = node.sign_in(name);
                    for number in 0..50 {
                        fire(&node, &cookie, &number.to_string());
                    }
                    let listed = node.request("GET", "/notifications", &cookie, "");
                    assert!(listed.contains(r#""unread_count":50"#), "{listed}");
                });
            }
        });
    }
}
