//! Tabs of several users on the real socket.

use std::path::Path;

use example_testing::{Browser, Driver, Running};
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use crate::PROGRAM;

/// Notes when each toast appears, and counts sockets; runs before the page's own scripts.
const WATCH: &str = "
    window.appeared = {};
    window.opened = 0;
    window.WebSocket = class extends WebSocket {
        constructor(...args) { super(...args); window.opened += this.url.endsWith('/ws/notifications/'); }
    };
    new MutationObserver(() => {
        for (const title of document.querySelectorAll('#toasts .title'))
            window.appeared[title.textContent] ??= Date.now();
    }).observe(document, { childList: true, subtree: true });
";

const BADGE: &str = "document.querySelector('#bell-badge').textContent";
const STATE: &str = "document.querySelector('#connection').dataset.state";

/// One user's browser.
struct User {
    browser: Browser,
    program: String,
}

impl User {
    async fn signed_in(driver: &Driver, program: &Running, name: &str) -> Self {
        let user = Self {
            browser: driver.browser().await,
            program: format!("http://{}", program.address),
        };
        user.watch().await;
        user.browser
            .open(&format!("{}/realtime/", user.program))
            .await;
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
        self.browser
            .until(&format!("document.querySelector('#connection') && {STATE} === 'open' && ({BADGE} || document.querySelector('#empty').checkVisibility())"))
            .await;
    }

    async fn this_tab(&self) -> WindowHandle {
        self.browser.page.window().await.unwrap()
    }

    /// Opens the page in a tab of its own, and goes there.
    async fn new_tab(&self) -> WindowHandle {
        let tab = self.browser.page.new_window(true).await.unwrap().handle;
        self.go_to(&tab).await;
        self.watch().await;
        self.browser
            .open(&format!("{}/realtime/", self.program))
            .await;
        self.is_open().await;
        tab
    }

    async fn go_to(&self, tab: &WindowHandle) {
        self.browser
            .page
            .switch_to_window(tab.clone())
            .await
            .unwrap();
    }

    /// Fires with the page's own form; the time of the click.
    async fn fire(&self, title: &str, to: &str) -> i64 {
        let (title, to) = (json!(title), json!(to));
        let script = format!(
            "document.querySelector('#fire-title').value = {title};
             document.querySelector('#fire-to').value = {to};
             const now = Date.now();
             document.querySelector('#fire-button').click();
             return now;"
        );
        self.browser.run(&script).await.as_i64().unwrap()
    }

    /// Waits until a toast has appeared here; how long after `since` that was.
    async fn sees(&self, title: &str, since: i64) -> i64 {
        let appeared = format!("window.appeared[{}]", json!(title));
        self.browser.until(&appeared).await;
        let at = self.browser.run(&format!("return {appeared}")).await;
        at.as_i64().unwrap() - since
    }

    async fn get(&self, expression: &str) -> Value {
        self.browser.run(&format!("return {expression}")).await
    }
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn a_notification_appears_in_both_tabs_and_in_no_other_users() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let ann = User::signed_in(&driver, &program, "ann").await;
    let bob = User::signed_in(&driver, &program, "bob").await;
    let first = ann.this_tab().await;
    let second = ann.new_tab().await;

    let at = ann.fire("In every tab", "").await;
    let here = ann.sees("In every tab", at).await;
    ann.go_to(&first).await;
    let there = ann.sees("In every tab", at).await;
    eprintln!("seen after {here} ms in this tab, {there} ms in the other");
    assert!(here < 1000 && there < 1000, "{here} ms, {there} ms");
    ann.browser.until(&format!("{BADGE} === '1'")).await;
    for (width, scheme) in [(1400, "light"), (390, "dark")] {
        ann.browser.screenshot("toast", width, scheme).await;
    }
    assert_eq!(
        ann.get("document.querySelector('.toast .title').checkVisibility()")
            .await,
        true
    );

    // What comes for bob comes after what did not: his tab has it alone.
    ann.fire("For bob", "bob").await;
    bob.sees("For bob", at).await;
    assert_eq!(
        bob.get("Object.keys(window.appeared)").await,
        json!(["For bob"])
    );
    bob.browser.until(&format!("{BADGE} === '1'")).await;
    bob.browser.screenshot("other-user", 1400, "light").await;

    // Marked as read in one tab, it is read in the other.
    ann.fire("Another", "").await;
    ann.browser.until(&format!("{BADGE} === '2'")).await;
    ann.go_to(&second).await;
    ann.browser.until(&format!("{BADGE} === '2'")).await;
    let unread = "[...document.querySelectorAll('.item[data-read=false] .title')].map((title) => title.textContent)";
    assert_eq!(ann.get(unread).await, json!(["Another", "In every tab"]));
    ann.browser
        .run("document.querySelectorAll('.mark-read')[1].click()")
        .await;
    for tab in [&second, &first] {
        ann.go_to(tab).await;
        ann.browser
            .until(&format!(
                "{BADGE} === '1' && document.querySelectorAll('.mark-read').length === 1"
            ))
            .await;
        assert_eq!(ann.get(unread).await, json!(["Another"]));
    }
    ann.browser.screenshot("one-read", 1400, "light").await;
    ann.browser
        .run("document.querySelector('#mark-all-read').click()")
        .await;
    for tab in [&first, &second] {
        ann.go_to(tab).await;
        ann.browser
            .until("document.querySelectorAll('.mark-read').length === 0")
            .await;
        assert_eq!(
            ann.get("document.querySelector('#bell-badge').checkVisibility()")
                .await,
            false
        );
    }
    assert_eq!(
        bob.get(&format!("[{BADGE}, Object.keys(window.appeared).length]"))
            .await,
        json!(["1", 1])
    );
    for user in [ann, bob] {
        assert_eq!(user.browser.complaints().await, [""; 0]);
        user.browser.close().await;
    }
    program.stop();
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn signing_out_in_one_tab_ends_the_other_for_good() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let ann = User::signed_in(&driver, &program, "ann").await;
    let phone = User::signed_in(&driver, &program, "ann").await;
    let first = ann.this_tab().await;
    ann.new_tab().await;
    ann.browser
        .run("document.querySelector('#sign-out').click()")
        .await;
    ann.browser
        .until("location.pathname === '/login' && document.querySelector('#demo')")
        .await;
    ann.go_to(&first).await;
    ann.browser
        .until("document.querySelector('#signed-out').checkVisibility()")
        .await;
    ann.browser.screenshot("signed-out", 1400, "light").await;
    ann.browser.screenshot("signed-out", 390, "light").await;
    // Whatever calls for another attempt, there is none.
    ann.browser
        .run("dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange'))")
        .await;
    assert_eq!(
        ann.get(&format!("[{STATE}, window.opened]")).await,
        json!(["stopped", 1])
    );
    assert_eq!(
        ann.get("document.querySelector('#fire-button').disabled")
            .await,
        true
    );
    assert_eq!(ann.browser.complaints().await, [""; 0]);

    // The same user's other session goes on.
    let at = phone.fire("Still here", "").await;
    phone.sees("Still here", at).await;
    assert_eq!(
        phone.get(&format!("[{STATE}, window.opened]")).await,
        json!(["open", 1])
    );
    for user in [ann, phone] {
        user.browser.close().await;
    }
    program.stop();
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn the_page_comes_back_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("restart.db");
    let mut program = PROGRAM.start(&database);
    let address = program.address.clone();
    let driver = Driver::start().await;
    let ann = User::signed_in(&driver, &program, "ann").await;
    for title in ["Read meanwhile", "Before"] {
        let at = ann.fire(title, "").await;
        ann.sees(title, at).await;
    }
    ann.browser.until(&format!("{BADGE} === '2'")).await;
    for (title, count) in [("After a restart", "2"), ("After a crash", "3")] {
        if count == "2" {
            program.stop();
        } else {
            drop(program);
        }
        ann.browser
            .until(&format!("{STATE} !== 'open' && window.opened > 0"))
            .await;
        if count == "2" {
            ann.browser.screenshot("reconnecting", 1400, "light").await;
            // Nobody hears of it now; it is said again when somebody does.
            ann.browser
                .run("[...document.querySelectorAll('.mark-read')].at(-1).click()")
                .await;
        }
        program = PROGRAM.start_at(&address, &database);
        ann.browser.until(&format!("{STATE} === 'open'")).await;
        let at = ann.fire(title, "").await;
        ann.sees(title, at).await;
        ann.browser.until(&format!("{BADGE} === '{count}'")).await;
    }
    let shown = ann
        .get("[...document.querySelectorAll('.item .title')].map((title) => title.textContent)")
        .await;
    assert_eq!(
        shown,
        json!([
            "After a crash",
            "After a restart",
            "Before",
            "Read meanwhile"
        ])
    );
    // Attempts that failed are told; nothing was refused by the page's own policy.
    let complaints = ann.browser.complaints().await;
    let others: Vec<_> = complaints
        .iter()
        .filter(|complaint| {
            !complaint.contains("WebSocket connection to")
                && !complaint.contains("ERR_CONNECTION_REFUSED")
        })
        .collect();
    assert_eq!(others, [""; 0]);
    ann.browser.close().await;
    program.stop();
}
