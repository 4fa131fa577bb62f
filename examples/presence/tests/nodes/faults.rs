//! Redis is not there, or goes and comes back.

use std::time::Duration;

use example_testing::{Nodes, Running};

use crate::{PROGRAM, tab::Tab};

/// Two nodes with a user on each, who know of each other.
async fn together(nodes: &Nodes) -> ([Running; 2], [Tab; 2]) {
    let (here, there) = (nodes.start(), nodes.start());
    let ann = Tab::open(&here, "ann").await;
    let ben = Tab::open(&there, "ben").await;
    ann.has_heard(&["ann", "ben"], &[]).await;
    ([here, there], [ann, ben])
}

/// Redis carries again: nobody has left, and whoever has come meanwhile is told of.
async fn goes_on([here, there]: [Running; 2], [ann, ben]: [Tab; 2]) {
    here.joined().await;
    there.joined().await;
    let dan = Tab::open(&there, "dan").await;
    // After the grace: whoever else was thought to be gone would have left by then.
    dan.close().await;
    for tab in [&ann, &ben] {
        tab.has_heard_of_leaves(&["dan"]).await;
        tab.lists(&[("ann", 1), ("ben", 1), ("eve", 1)]).await;
        assert!(tab.socket.is_open());
    }
    ann.has_heard(&["ann", "ben", "dan", "eve"], &["dan"]).await;
    for name in ["dan", "eve"] {
        let told = ben.joined().iter().filter(|joined| *joined == name).count();
        assert_eq!(told, 1, "{name} came once");
    }
}

#[tokio::test]
async fn nodes_that_start_without_redis_count_their_own_and_all_when_they_can() {
    let mut nodes = Nodes::without_redis(PROGRAM);
    let (here, there) = (nodes.start(), nodes.start());
    let ann = Tab::open(&here, "ann").await;
    let ben = Tab::open(&there, "ben").await;
    ann.has_heard(&["ann"], &[]).await;
    ben.has_heard(&["ben"], &[]).await;
    nodes.redis.restart().await;
    for tab in [&ann, &ben] {
        tab.has_heard(&["ann", "ben"], &[]).await;
        tab.counts(2, 2).await;
    }
}

#[tokio::test]
async fn redis_is_killed_and_started_again_and_nobody_leaves() {
    let mut nodes = Nodes::of(PROGRAM).await;
    let (running, tabs) = together(&nodes).await;
    nodes.redis.kill();
    for node in &running {
        node.cut_off().await;
    }
    // Whoever comes now is served as well.
    let eve = Tab::open(&running[0], "eve").await;
    nodes.redis.restart().await;
    goes_on(running, tabs).await;
    assert!(eve.socket.is_open());
}

#[tokio::test]
async fn redis_is_paused_for_10_s_and_nobody_leaves() {
    let nodes = Nodes::of(PROGRAM).await;
    let (running, tabs) = together(&nodes).await;
    let paused = nodes.redis.pause_for(Duration::from_secs(10));
    for node in &running {
        node.cut_off().await;
    }
    let eve = Tab::open(&running[0], "eve").await;
    paused.await;
    goes_on(running, tabs).await;
    assert!(eve.socket.is_open());
}
