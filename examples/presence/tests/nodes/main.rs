//! Two nodes of the program, one Redis.

mod faults;
mod load;
mod tab;

use example_testing::{Nodes, Program};

use tab::Tab;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_presence"));

#[tokio::test]
async fn everybody_is_counted_on_both_nodes_and_told_to_all_once() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let ann = Tab::open(&here, "ann").await;
    let ben = Tab::open(&there, "ben").await;
    let eve = Tab::open(&here, "eve").await;
    for tab in [&ann, &ben, &eve] {
        tab.counts(3, 3).await;
    }
    ann.has_heard(&["ann", "ben", "eve"], &[]).await;
    for tab in [&ann, &ben, &eve] {
        tab.lists(&[("ann", 1), ("ben", 1), ("eve", 1)]).await;
    }
}

#[tokio::test]
async fn a_second_tab_on_the_other_node_is_a_connection_and_no_user() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let ann = Tab::open(&here, "ann").await;
    let ben = Tab::open(&there, "ben").await;
    ann.has_heard(&["ann", "ben"], &[]).await;
    let second = Tab::open(&here, "ben").await;
    second.begins_with(2, 3);
    for tab in [&ann, &ben] {
        tab.lists(&[("ann", 1), ("ben", 2)]).await;
    }
    second.close().await;
    for tab in [&ann, &ben] {
        tab.lists(&[("ann", 1), ("ben", 1)]).await;
    }
    // Whoever is told next is told of nothing else.
    let _eve = Tab::open(&there, "eve").await;
    ann.has_heard(&["ann", "ben", "eve"], &[]).await;
    ann.counts(3, 3).await;
}

#[tokio::test]
async fn a_reload_that_leads_to_the_other_node_is_told_to_nobody() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let ann = Tab::open(&here, "ann").await;
    let ben = Tab::open(&here, "ben").await;
    let eve = Tab::open(&there, "eve").await;
    ann.has_heard(&["ann", "ben", "eve"], &[]).await;
    ben.close().await;
    let ben = Tab::open(&there, "ben").await;
    // Her grace is over after his would be.
    eve.close().await;
    for tab in [&ann, &ben] {
        tab.has_heard_of_leaves(&["eve"]).await;
        tab.lists(&[("ann", 1), ("ben", 1)]).await;
    }
    ann.has_heard(&["ann", "ben", "eve"], &["eve"]).await;
}

#[tokio::test]
async fn to_sign_out_on_one_node_closes_the_sessions_sockets_on_both() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let cookie = here.sign_in("ben");
    let near = Tab::of("ben", &here, &cookie).await;
    let far = Tab::of("ben", &there, &cookie).await;
    let kept = Tab::open(&there, "ben").await;
    here.request("POST", "/logout", &cookie, "");
    for tab in [&near, &far] {
        assert_eq!(tab.socket.closed().await, Some(4401));
    }
    kept.lists(&[("ben", 1)]).await;
}
