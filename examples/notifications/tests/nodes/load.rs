//! A node dies under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use example_testing::{Nodes, Running, Socket, allow_open_files, request};
use futures_util::future::join_all;
use redis_testing::eventually;
use serde_json::json;

use crate::{PROGRAM, count, tab, titles};

const USERS: usize = 20;
/// Of each user on each node: 500 on a node.
const TABS: usize = 25;

/// Stores numbered notifications on one node, one after the other, for one user after the other.
struct Publisher {
    name: &'static str,
    /// How many were answered as stored.
    answered: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What it has published.
struct Published {
    name: &'static str,
    count: usize,
}

impl Publisher {
    /// Goes on until it is told to stop, or the node is gone.
    fn start(name: &'static str, node: &Running, cookies: &[String]) -> Self {
        let (answered, is_over) = <(Arc<AtomicUsize>, Arc<AtomicBool>)>::default();
        let (address, cookies) = (node.address.clone(), cookies.to_vec());
        let (counter, stop) = (answered.clone(), is_over.clone());
        let thread = thread::spawn(move || {
            for number in 0.. {
                let body = json!({ "title": format!("{name} {number}") }).to_string();
                let cookie = &cookies[number % USERS];
                let answer = request(&address, "POST", "/realtime/fire/", cookie, &body);
                let is_stored = answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 201"));
                if !is_stored {
                    return;
                }
                counter.store(number + 1, Ordering::SeqCst);
                if stop.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Self {
            name,
            answered,
            is_over,
            thread,
        }
    }

    /// Waits until so many more were answered.
    async fn goes_on(&self, by: usize) {
        let answered = || self.answered.load(Ordering::SeqCst);
        let goal = answered() + by;
        eventually("it publishes", async || (answered() >= goal).then_some(())).await;
    }

    fn end(self) -> Published {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
        Published {
            name: self.name,
            count: self.answered.load(Ordering::SeqCst),
        }
    }
}

impl Published {
    /// What was for a user.
    fn titles(&self, user: usize) -> Vec<String> {
        let numbers = (user..self.count).step_by(USERS);
        numbers
            .map(|number| format!("{} {number}", self.name))
            .collect()
    }

    /// What has come of it to a tab.
    fn heard(&self, tab: &Socket) -> Vec<String> {
        let heard = tab.heard();
        let titles = titles(&heard.frames).into_iter();
        let of = titles.filter(|title| title.starts_with(self.name));
        of.map(ToOwned::to_owned).collect()
    }
}

async fn tabs(node: &Running, cookies: &[String]) -> Vec<Socket> {
    let cookies = cookies.iter().flat_map(|cookie| [cookie; TABS]);
    join_all(cookies.map(|cookie| tab(node, cookie))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_under_load_takes_nothing_from_the_others() {
    allow_open_files(4096);
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let users = 0..USERS;
    let cookies: Vec<_> = users.map(|user| here.sign_in(&user.to_string())).collect();
    let (near, far) = (tabs(&here, &cookies).await, tabs(&there, &cookies).await);
    assert_eq!((near.len(), far.len()), (500, 500));

    let ours = Publisher::start("ours", &here, &cookies);
    let theirs = Publisher::start("theirs", &there, &cookies);
    ours.goes_on(200).await;
    theirs.goes_on(200).await;
    there.kill();
    for tab in &far {
        assert_eq!(tab.closed().await, None, "no close frame");
    }
    // All at once, as clients do, while it is published.
    let back = tabs(&here, &cookies).await;
    ours.goes_on(200).await;
    let (ours, theirs) = (ours.end(), theirs.end());

    for user in 0..USERS {
        let (mine, others) = (ours.titles(user), theirs.titles(user));
        let last = &**mine.last().unwrap();
        let tabs = user * TABS..(user + 1) * TABS;
        for tab in near[tabs.clone()].iter().chain(&back[tabs.clone()]) {
            tab.until(last, |heard| titles(&heard.frames).contains(&last))
                .await;
        }
        for tab in &near[tabs.clone()] {
            assert_eq!(ours.heard(tab), mine, "all, once, in order");
            // What a node has answered, Redis had taken. The last one may have been published without an answer.
            let heard = theirs.heard(tab);
            assert!(heard.starts_with(&others), "{others:?}: {heard:?}");
            assert!(heard.len() <= others.len() + 1, "{others:?}: {heard:?}");
        }
        for tab in &back[tabs] {
            let heard = ours.heard(tab);
            assert!(mine.ends_with(&heard), "{mine:?}: {heard:?}");
        }
    }
    let listed = here.request("GET", "/notifications?limit=1", &cookies[0], "");
    let stored = listed.split(r#""unread_count":"#).nth(1).unwrap();
    let stored = stored.split(',').next().unwrap().parse().ok();
    for tab in near[..TABS].iter().chain(&back[..TABS]) {
        tab.until("the count", |heard| count(&heard.frames) == stored)
            .await;
    }
    assert!(near.iter().chain(&back).all(Socket::is_open));
}
