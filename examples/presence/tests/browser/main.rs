//! The page in real browsers: three users in five tabs.

mod nodes;

use std::path::Path;

use example_testing::{Browser, Driver, Program, Running};
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_presence"));

/// Counts sockets, and notes whatever is ever logged; runs before the page's own scripts.
const WATCH: &str = "
    window.opened = 0;
    window.WebSocket = class extends WebSocket {
        constructor(...args) { super(...args); window.opened += 1; }
    };
";

const PILL: &str = "(document.querySelector('#pill').checkVisibility() && document.querySelector('#pill').textContent)";
const STATE: &str = "document.querySelector('#connection')?.dataset.state";
const LOG: &str = "[...document.querySelectorAll('#log span')].map((line) => line.textContent)";
const ROSTER: &str =
    "[...document.querySelectorAll('.person')].map((person) => person.dataset.name)";

/// One user's browser.
struct User {
    browser: Browser,
    program: String,
}

impl User {
    async fn signed_in(driver: &Driver, program: &Running, name: &str) -> Self {
        let browser = driver.browser().await;
        let user = Self {
            browser,
            program: program.url("/realtime/"),
        };
        user.watch().await;
        user.browser.open(&user.program).await;
        let name = json!(name);
        user.browser.run(&format!("document.querySelector('#username').value = {name}; document.querySelector('form').requestSubmit()")).await;
        user.is_open().await;
        user
    }

    async fn watch(&self) {
        let source = json!({ "source": WATCH });
        self.browser
            .devtools("Page.addScriptToEvaluateOnNewDocument", source)
            .await;
    }

    async fn is_open(&self) {
        let expression = format!("{STATE} === 'open' && {PILL} && {ROSTER}.length > 0");
        self.browser.until(&expression).await;
    }

    async fn this_tab(&self) -> WindowHandle {
        self.browser.page.window().await.unwrap()
    }

    /// Opens the page in a tab of its own, and goes there.
    async fn new_tab(&self) -> WindowHandle {
        let tab = self.browser.page.new_window(true).await.unwrap().handle;
        self.go_to(&tab).await;
        self.watch().await;
        self.browser.open(&self.program).await;
        self.is_open().await;
        tab
    }

    async fn go_to(&self, tab: &WindowHandle) {
        let page = &self.browser.page;
        page.switch_to_window(tab.clone()).await.unwrap();
    }

    /// Waits until so many are said to be here, by these names.
    async fn sees(&self, names: &[&str]) {
        let (count, names) = (json!(format!("{} online", names.len())), json!(names));
        let expression =
            format!("{PILL} === {count} && JSON.stringify({ROSTER}) === JSON.stringify({names})");
        self.browser.until(&expression).await;
    }

    async fn says(&self, status: &str) {
        let status = json!(status);
        self.browser
            .run(&format!(
                "document.querySelector('#status').value = {status}; document.querySelector('#set-status').click()"
            ))
            .await;
    }

    async fn sees_status(&self, name: &str, status: &str) {
        let (name, status) = (json!(name), json!(status));
        let row = format!("document.querySelector(`[data-name=${{JSON.stringify({name})}}]`)");
        self.browser
            .until(&format!(
                "{row}?.querySelector('.status').textContent === {status}"
            ))
            .await;
    }

    async fn get(&self, expression: &str) -> Value {
        self.browser.run(&format!("return {expression}")).await
    }
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn three_users_in_five_tabs_see_each_other_come_and_go() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let ann = User::signed_in(&driver, &program, "ann").await;
    ann.sees(&["ann"]).await;
    let ben = User::signed_in(&driver, &program, "ben").await;
    let eve = User::signed_in(&driver, &program, "Eve Example").await;
    let (ann_first, ben_first) = (ann.this_tab().await, ben.this_tab().await);
    let ann_second = ann.new_tab().await;
    let ben_second = ben.new_tab().await;
    let all = ["Eve Example", "ann", "ben"];
    for user in [&ann, &ben, &eve] {
        user.sees(&all).await;
    }
    ann.go_to(&ann_first).await;
    ann.sees(&all).await;
    let came = ["Eve Example came", "ben came", "ann came"];
    ann.browser.until(&format!("{LOG}.length === 3")).await;
    assert_eq!(ann.get(LOG).await, json!(came));

    // What somebody says, and that somebody types.
    eve.says("at lunch").await;
    ann.sees_status("Eve Example", "at lunch").await;
    ben.says("busy").await;
    ann.sees_status("ben", "busy").await;
    ben.browser
        .run("document.querySelector('#scratch').dispatchEvent(new Event('input'))")
        .await;
    let typing = "document.querySelector('#typing').textContent";
    ann.browser
        .until(&format!("{typing} === 'ben is typing…'"))
        .await;
    // Everywhere but in the tab that types.
    assert_eq!(ben.get(typing).await, "");
    ben.go_to(&ben_first).await;
    ben.browser
        .until(&format!("{typing} === 'ben is typing…'"))
        .await;
    ben.go_to(&ben_second).await;
    for (width, scheme) in [
        (1400, "light"),
        (390, "light"),
        (1400, "dark"),
        (390, "dark"),
    ] {
        ann.browser.screenshot("presence", width, scheme).await;
    }

    // A reload and a closed tab are nothing to anybody.
    ben.browser.page.refresh().await.unwrap();
    ben.is_open().await;
    ben.sees(&all).await;
    ben.sees_status("ben", "busy").await;
    ann.go_to(&ann_second).await;
    ann.browser.page.close_window().await.unwrap();
    ann.go_to(&ann_first).await;

    // Power gone, no close frame: gone after the grace.
    eve.browser.kill();
    ann.sees(&["ann", "ben"]).await;
    assert_eq!(ann.get(&format!("{LOG}[0]")).await, "Eve Example left");

    // Whoever signs out is gone from every tab of that session.
    ben.browser
        .run("document.querySelector('#sign-out').click()")
        .await;
    ben.browser
        .until("location.pathname === '/login' && document.querySelector('#demo')")
        .await;
    ben.go_to(&ben_first).await;
    ben.browser
        .until("document.querySelector('#signed-out').checkVisibility()")
        .await;
    assert_eq!(
        ben.get(&format!("[{STATE}, {PILL}, window.opened]")).await,
        json!(["stopped", false, 1])
    );
    ben.browser
        .screenshot("presence-signed-out", 1400, "light")
        .await;
    ann.sees(&["ann"]).await;
    let expected = json!([
        "ben left",
        "Eve Example left",
        "Eve Example came",
        "ben came",
        "ann came"
    ]);
    assert_eq!(ann.get(LOG).await, expected);
    for user in [ann, ben] {
        assert_eq!(user.browser.complaints().await, [""; 0]);
        user.browser.close().await;
    }
    program.stop();
}

/// What somebody calls itself is text.
#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn names_and_statuses_are_text_and_a_refusal_is_shown() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let hostile = "<img src=x onerror=window.owned=1>";
    let user = User::signed_in(&driver, &program, hostile).await;
    user.sees(&[hostile]).await;
    user.says("<script>window.owned = 1</script>").await;
    user.browser
        .until("document.querySelector('.person .status').textContent.startsWith('<script>')")
        .await;
    let made = "[document.querySelectorAll('main img, main script').length, window.owned ?? null]";
    assert_eq!(user.get(made).await, json!([0, null]));
    user.says("").await;
    user.browser
        .until("document.querySelector('#status-error').textContent !== ''")
        .await;
    for scheme in ["light", "dark"] {
        user.browser
            .screenshot("presence-hostile", 390, scheme)
            .await;
    }
    assert_eq!(user.browser.complaints().await, [""; 0]);
    user.browser.close().await;
    program.stop();
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn the_page_comes_back_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("restart.db");
    let program = PROGRAM.start(&database);
    let address = program.address.clone();
    let driver = Driver::start().await;
    let ann = User::signed_in(&driver, &program, "ann").await;
    ann.says("away").await;
    ann.sees_status("ann", "away").await;
    drop(program);
    ann.browser.until(&format!("{STATE} !== 'open'")).await;
    ann.browser
        .until("document.querySelector('#pill').dataset.stale === 'true'")
        .await;
    let program = PROGRAM.start_at(&address, &database);
    ann.is_open().await;
    // Who is here is nowhere but in memory.
    ann.sees_status("ann", "online").await;
    ann.browser.close().await;
    program.stop();
}

/// Takes the socket's place before the page's own scripts run, so that a test says what arrives.
const SOCKET: &str = "
    window.WebSocket = class {
        constructor() { window.socket = this; this.sent = []; setTimeout(() => this.onopen?.()); }
        send(text) { this.sent.push(JSON.parse(text)); }
        close() {}
    };
    window.arrives = (message) => socket.onmessage({ data: JSON.stringify(message) });
";

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn after_a_gap_the_page_asks_anew_who_is_here() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    let source = json!({ "source": SOCKET });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", source)
        .await;
    browser.open(&program.url("/realtime/")).await;
    browser.run("document.querySelector('#username').value = 'ann'; document.querySelector('form').requestSubmit()").await;
    browser.until(&format!("{STATE} === 'open'")).await;
    browser
        .run(r#"arrives({ action: "gap", payload: { since: 0, dropped: 0 } })"#)
        .await;
    let asked = browser.run("return socket.sent").await;
    assert_eq!(asked, json!([{ "action": "who" }]));
    let users =
        ["ann", "ben"].map(|name| json!({ "name": name, "connections": 1, "status": "online" }));
    let roster = json!({ "action": "roster", "payload": { "users": users } });
    browser.run(&format!("arrives({roster})")).await;
    let shown = format!("return [{PILL}, {ROSTER}]");
    assert_eq!(
        browser.run(&shown).await,
        json!(["2 online", ["ann", "ben"]])
    );
    browser.close().await;
    program.stop();
}
