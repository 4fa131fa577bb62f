//! The page in a real browser.

mod console;
mod docs;
mod tabs;
#[expect(deprecated, reason = "a handler that is deprecated is shown as such")]
mod zoo;

use std::path::Path;

use example_testing::{Driver, Program};
use serde_json::{Value, json};

pub(crate) const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_notifications"));

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn the_client_comes_back_and_knows_when_not_to() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    browser
        .open(&format!("http://{}/login", program.address))
        .await;
    assert_eq!(browser.run_async(example_testing::CLIENT).await, json!([]));
    browser.close().await;
    program.stop();
}

/// Takes the socket's place before the page's own scripts run, so that a test says what arrives, and when.
const SOCKET: &str = "
    window.sockets = [];
    window.others = [];
    const of = (url) => url.endsWith('/ws/notifications/') ? sockets : others;
    window.WebSocket = class {
        constructor(url) { this.sent = []; of(url).push(this); setTimeout(() => this.onopen?.()); }
        send(text) { this.sent.push(JSON.parse(text)); }
        close() {}
    };
    window.arrives = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
";

fn notification(id: i64, text: &str, url: &Value) -> Value {
    json!({ "id": id, "title": text, "body": text, "url": url, "category": text,
            "created_at": "2026-01-02T03:04:05.678Z", "read": false })
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn the_page_shows_text_as_text_and_counts_as_badges() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": SOCKET }),
        )
        .await;
    browser
        .open(&format!("http://{}/realtime/", program.address))
        .await;
    for (width, scheme) in [
        (1400, "light"),
        (390, "light"),
        (1400, "dark"),
        (390, "dark"),
    ] {
        browser.screenshot("login", width, scheme).await;
    }
    browser.run("document.querySelector('#username').value = 'ann'; document.querySelector('form').requestSubmit()").await;
    browser
        .until("document.querySelector('#connection')?.dataset.state === 'open'")
        .await;

    // How many are here is shown once that is known.
    let pill = "return [document.querySelector('#pill').checkVisibility(), document.querySelector('#pill').textContent]";
    assert_eq!(browser.run(pill).await[0], false);
    for (users, shown) in [
        (1, json!([true, "1 online"])),
        (12, json!([true, "12 online"])),
    ] {
        let counted = json!({ "action": "presence", "payload": { "users": users, "connections": 20, "joined": [], "left": [] } });
        browser
            .run(&format!(
                "others[0].onmessage({{ data: JSON.stringify({counted}) }})"
            ))
            .await;
        assert_eq!(browser.run(pill).await, shown);
    }

    let arrives = async |message: Value| browser.run(&format!("arrives({message})")).await;
    let badge = "return [document.querySelector('#bell-badge').checkVisibility(), document.querySelector('#bell-badge').textContent]";
    arrives(json!({ "type": "initial", "unread_count": 0, "recent": [] })).await;
    browser
        .until("document.querySelector('#empty').checkVisibility()")
        .await;
    assert_eq!(browser.run(badge).await[0], false);
    for (count, shown) in [(1, "1"), (99, "99"), (100, "99+"), (12_345, "99+")] {
        arrives(json!({ "type": "count_update", "unread_count": count })).await;
        assert_eq!(browser.run(badge).await, json!([true, shown]));
        assert_eq!(
            browser.page.title().await.unwrap(),
            format!("({shown}) Notifications")
        );
    }

    let hostile = "<img src=x onerror=\"window.owned = 1\"><script>window.owned = 1</script>";
    let urls = [
        json!("https://example.org/a?<b>=\"c\""),
        json!("/orders/7"),
        json!(null),
        json!("javascript:window.owned=1"),
        json!("//example.org"),
        json!("/\\example.org"),
        json!("https://"),
        json!(hostile),
    ];
    for (id, url) in (1..).zip(&urls) {
        arrives(json!({ "type": "notification", "notification": notification(id, hostile, url) }))
            .await;
        let shown = browser
            .run(
                "const toast = document.querySelector('#toasts').lastElementChild;
                 const text = (name) => toast.querySelector(name)?.textContent ?? null;
                 return { title: text('.title'), body: text('.body'), category: text('.chip'), url: text('.url'),
                          link: toast.querySelector('a')?.getAttribute('href') ?? null };",
            )
            .await;
        let link = if id <= 2 { url.clone() } else { Value::Null };
        assert_eq!(
            shown,
            json!({ "title": hostile, "body": hostile, "category": hostile, "url": url, "link": link })
        );
    }
    let made = "return [document.querySelectorAll('main img, #toasts img, main script, #toasts script').length, window.owned ?? null]";
    assert_eq!(browser.run(made).await, json!([0, null]));
    let order =
        "return [...document.querySelectorAll('.item')].map((item) => Number(item.dataset.id))";
    assert_eq!(browser.run(order).await, json!([8, 7, 6, 5, 4, 3, 2, 1]));
    for (width, scheme) in [
        (1400, "light"),
        (390, "light"),
        (1400, "dark"),
        (390, "dark"),
    ] {
        browser.screenshot("hostile", width, scheme).await;
    }

    browser
        .run("document.querySelector('.item[data-id=\"3\"] .mark-read').click()")
        .await;
    assert_eq!(
        browser.run("return sockets.at(-1).sent").await,
        json!([{ "type": "mark_read", "id": 3, "ref": 3 }])
    );
    arrives(json!({ "type": "count_update", "unread_count": 0 })).await;
    assert_eq!(
        browser
            .run("return document.querySelectorAll('.item[data-read=false], .mark-read').length")
            .await,
        0
    );
    assert_eq!(browser.run(badge).await[0], false);

    browser
        .run("sockets.at(-1).onclose({ code: 4401, reason: 'signed out' })")
        .await;
    browser
        .until("document.querySelector('#signed-out').checkVisibility()")
        .await;
    assert_eq!(
        browser
            .run("return [sockets.length, document.querySelector('#fire-button').disabled]")
            .await,
        json!([1, true])
    );
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
    program.stop();
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn after_a_gap_the_page_reads_its_state_anew() {
    let program = PROGRAM.start(Path::new(":memory:"));
    let driver = Driver::start().await;
    let browser = driver.browser().await;
    let source = json!({ "source": SOCKET });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", source)
        .await;
    browser
        .open(&format!("http://{}/realtime/", program.address))
        .await;
    browser.run("document.querySelector('#username').value = 'ann'; document.querySelector('form').requestSubmit()").await;
    browser
        .until("document.querySelector('#connection')?.dataset.state === 'open'")
        .await;
    browser
        .run(r#"arrives({ type: "initial", unread_count: 0, recent: [] })"#)
        .await;
    // The socket says nothing of it.
    browser
        .run("document.querySelector('#fire-title').value = 'Missed'; document.querySelector('#fire-button').click()")
        .await;
    browser
        .until("document.querySelector('#fire-status').textContent === 'Sent.'")
        .await;
    let shown = "[document.querySelector('#bell-badge').textContent, document.querySelectorAll('.item').length]";
    assert_eq!(
        browser.run(&format!("return {shown}")).await,
        json!(["0", 0])
    );
    browser
        .run(r#"arrives({ type: "gap", since: 0, dropped: 0 })"#)
        .await;
    browser
        .until(&format!("JSON.stringify({shown}) === '[\"1\",1]'"))
        .await;

    browser
        .run(r#"others[0].onmessage({ data: '{"action":"gap","payload":{"since":0,"dropped":0}}' })"#)
        .await;
    let asked = browser.run("return others[0].sent").await;
    assert_eq!(asked, json!([{ "action": "who" }]));
    let users = ["ann", "ben"].map(|name| json!({ "name": name, "connections": 1, "status": "" }));
    let roster = json!({ "action": "roster", "payload": { "users": users } });
    browser
        .run(&format!(
            "others[0].onmessage({{ data: JSON.stringify({roster}) }})"
        ))
        .await;
    let pill = browser
        .run("return document.querySelector('#pill').textContent")
        .await;
    assert_eq!(pill, "2 online");
    browser.close().await;
    program.stop();
}
