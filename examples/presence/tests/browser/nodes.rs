//! Pages of two nodes, which share a Redis.

use example_testing::{Driver, Nodes};
use serde_json::json;

use crate::{LOG, PROGRAM, STATE, User};

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn the_pills_of_two_nodes_agree_whatever_happens_to_tabs_and_nodes() {
    let nodes = Nodes::of(PROGRAM).await;
    let (here, there) = (nodes.start(), nodes.start());
    let driver = Driver::start().await;
    let ann = User::signed_in(&driver, &here, "ann").await;
    ann.sees(&["ann"]).await;
    let mut ben = User::signed_in(&driver, &there, "ben").await;
    let eve = User::signed_in(&driver, &there, "eve").await;
    let all = ["ann", "ben", "eve"];
    for user in [&ann, &ben, &eve] {
        user.sees(&all).await;
    }
    let came = json!(["eve came", "ben came", "ann came"]);
    assert_eq!(ann.get(LOG).await, came);

    // A reload, a second tab that is closed again, and a page that moves to the other node are nothing to anybody.
    ben.browser.page.refresh().await.unwrap();
    ben.is_open().await;
    let first = ben.this_tab().await;
    ben.new_tab().await;
    ben.browser.page.close_window().await.unwrap();
    ben.go_to(&first).await;
    ben.program = here.url("/realtime/");
    ben.browser.open(&ben.program).await;
    ben.is_open().await;
    // Hers is the last grace: whoever else was thought to be gone would have left by then.
    eve.browser.close().await;
    for user in [&ann, &ben] {
        user.sees(&["ann", "ben"]).await;
    }
    let left = json!(["eve left", "eve came", "ben came", "ann came"]);
    assert_eq!(ann.get(LOG).await, left);

    // A node is killed, and started again where it was: its pages are back.
    ben.program = there.url("/realtime/");
    ben.browser.open(&ben.program).await;
    ben.is_open().await;
    let address = there.address.clone();
    there.kill();
    ben.browser.until(&format!("{STATE} !== 'open'")).await;
    let there = nodes.start_at(&address);
    ben.is_open().await;
    for user in [&ann, &ben] {
        user.sees(&["ann", "ben"]).await;
    }
    assert_eq!(ann.get(LOG).await, left);

    // It is killed for good: those who were there have left.
    there.kill();
    ann.sees(&["ann"]).await;
    assert_eq!(ann.get(&format!("{LOG}[0]")).await, "ben left");
    assert_eq!(ann.get(&format!("{LOG}.length")).await, 5);
    assert_eq!(ann.browser.complaints().await, [""; 0]);
    for user in [ann, ben] {
        user.browser.close().await;
    }
    here.stop();
}
