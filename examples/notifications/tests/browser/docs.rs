//! The documentation page, for the example and for a document with every shape.

use std::path::Path;

use example_testing::{Browser, Driver, Running};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::{PROGRAM, zoo};

/// Notes what the page's own policy refuses; runs before the page's own scripts.
const WATCH: &str = "
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
";

const READY: &str = "document.documentElement.dataset.ready !== undefined";
pub(crate) const STATE: &str = "document.querySelector('#console-state').dataset.state";
pub(crate) const CONNECT: &str = "[...document.querySelectorAll('#console button')].find((button) => /^(Connect|Disconnect)$/.test(button.textContent)).click()";
pub(crate) const SEND: &str = "[...document.querySelectorAll('#console button')].find((button) => button.textContent.startsWith('Send')).click()";

pub(crate) async fn browser(driver: &Driver, width: u32) -> Browser {
    let browser = driver.browser().await;
    let watch = json!({ "source": WATCH });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", watch)
        .await;
    let metrics =
        json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
    browser
        .devtools("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    browser
}

/// Opens the page anew, also where only the fragment differs, and waits until it stands.
pub(crate) async fn open(browser: &Browser, address: &str) {
    browser.open("about:blank").await;
    browser.open(address).await;
    browser.until(READY).await;
}

/// The example, and a browser that is signed in to it.
pub(crate) async fn signed_in(driver: &Driver) -> (Running, Browser) {
    let program = PROGRAM.start(Path::new(":memory:"));
    let browser = browser(driver, 1400).await;
    browser
        .open(&format!("http://{}/login", program.address))
        .await;
    browser.run("document.querySelector('#username').value = 'ann'; document.querySelector('form').requestSubmit()").await;
    browser.until("document.querySelector('#connection')").await;
    open(&browser, &format!("http://{}/docs", program.address)).await;
    (program, browser)
}

/// Nothing was refused by the page's own policy, and no script failed.
pub(crate) async fn is_content(browser: &Browser) {
    assert_eq!(browser.run("return window.violations").await, json!([]));
    let complaints = browser.complaints().await;
    // An OpenAPI document that is not there is told by the browser itself.
    let others: Vec<_> = complaints
        .iter()
        .filter(|complaint| !complaint.contains("/openapi.json"))
        .collect();
    assert_eq!(others, [""; 0]);
}

/// The parts of the document that have no place on the page.
const MISSING: &str = "
    const document_ = await (await fetch(document.querySelector('[download]').href)).json();
    const missing = [];
    const has = (id) => document.getElementById(id) || missing.push(id);
    for (const key in document_.operations) has(`operation-${key}`);
    for (const [key, channel] of Object.entries(document_.channels)) {
        has(`channel-${key}`);
        for (const message in channel.messages) has(`message-${key}-${message}`);
        for (const { code } of channel['x-websocket'].closeCodes) has(`close-${key}-${code}`);
    }
    return [Object.keys(document_.operations).length - document.querySelectorAll('article.operation').length, missing];
";

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_show_every_operation_message_and_close_code() {
    let driver = Driver::start().await;
    let (program, browser) = signed_in(&driver).await;
    for address in [
        format!("http://{}/docs/", program.address),
        zoo::serve().await,
    ] {
        open(&browser, &address).await;
        assert_eq!(
            browser.run_async(MISSING).await,
            json!([0, []]),
            "{address}"
        );
        is_content(&browser).await;
    }
    // The tag comes first, as on the wire, whatever the order in the document.
    let first = "return [...document.querySelectorAll('.message figure')].every((figure) => /^\\{\\s*\"(action|type)\"/.test(figure.querySelector('pre').textContent))";
    assert_eq!(browser.run(first).await, true);
    // What is said of the values of an enum.
    let said = "return document.querySelector('main').innerText.includes('May also remove what others wrote.')";
    assert_eq!(browser.run(said).await, true);
    browser.close().await;
    program.stop();
}

/// What stands at the top of what is seen, and whether that is where the address points.
const AT: &str = "
    const target = document.querySelector('.target');
    const { top, height } = target.getBoundingClientRect();
    return [target.id, top >= 0 && top < innerHeight && height > 0];
";

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_open_where_a_link_points() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    for id in [
        "channel-desk",
        "operation-roomPushSaid",
        "message-room-number",
        "close-room-4401",
    ] {
        open(&browser, &format!("{zoo}#{id}")).await;
        assert_eq!(browser.run(AT).await, json!([id, true]));
        browser.page.refresh().await.unwrap();
        browser.until(READY).await;
        assert_eq!(browser.run(AT).await, json!([id, true]), "after a reload");
    }
    browser
        .run("location.hash = '#operation-roomPushSaid'")
        .await;
    browser
        .until("document.querySelector('#nav a[aria-current]').dataset.id === 'operation-roomPushSaid'")
        .await;
    is_content(&browser).await;
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_find_operations_messages_and_fields() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    open(&browser, &zoo).await;
    let body = browser.page.find(Locator::Css("body")).await.unwrap();
    body.send_keys("/").await.unwrap();
    assert_eq!(
        browser.run("return document.activeElement.id").await,
        "search"
    );
    let first = "document.querySelector('#nav-list a')?.dataset.id";
    let search = browser.page.find(Locator::Css("#search")).await.unwrap();
    for (words, found) in [
        ("discuss", "operation-roomOnDiscuss"),
        ("chat_message", "message-room-chatMessage"),
        // A field of a type that is folded.
        ("deputy", "message-room-chatMessage"),
        ("who is asked", "message-room-chatMessage"),
        ("4408", "close-clock-4408"),
    ] {
        search.clear().await.unwrap();
        search.send_keys(words).await.unwrap();
        browser.until(&format!("{first} === '{found}'")).await;
    }
    search
        .send_keys(&char::from(Key::Enter).to_string())
        .await
        .unwrap();
    browser
        .until("document.querySelector('.target')?.id === 'close-clock-4408'")
        .await;
    search
        .send_keys(&char::from(Key::Escape).to_string())
        .await
        .unwrap();
    browser.until(&format!("{first} === 'top'")).await;
    is_content(&browser).await;
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_take_no_text_for_markup_and_no_script_for_a_link() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    open(&browser, &zoo).await;
    let made = browser
        .run(
            "const links = [...document.querySelectorAll('a')].map((link) => link.protocol);
             return [document.querySelectorAll('main img, main script, nav img').length, window.owned ?? null,
                     [...new Set(links)].sort(), document.querySelectorAll('main').length];",
        )
        .await;
    assert_eq!(made, json!([0, null, ["http:", "https:"], 1]));
    let shown = "return document.querySelector('#channel-desk').innerText.includes('</script><script>window.owned = 1</script>')";
    assert_eq!(browser.run(shown).await, true);

    // Nor does it what a server sends.
    browser.run("document.querySelector('#operation-deskOnHello .try').click(); document.querySelector('#f-name').focus()").await;
    let name = browser.page.find(Locator::Css("#f-name")).await.unwrap();
    name.clear().await.unwrap();
    name.send_keys("<img src=x onerror=\"window.owned = 1\">")
        .await
        .unwrap();
    browser.run(CONNECT).await;
    browser.until(&format!("{STATE} === 'connected'")).await;
    browser.run(SEND).await;
    let greeting = "document.querySelector('.entry .entry[data-name=greeting] details')";
    browser.until(greeting).await;
    browser.run(&format!("{greeting}.open = true")).await;
    browser
        .until(&format!("{greeting}.querySelector('pre')"))
        .await;
    let made = "return [document.querySelectorAll('#console img').length, window.owned ?? null]";
    assert_eq!(browser.run(made).await, json!([0, null]));
    is_content(&browser).await;
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_unfold_types_that_contain_themselves_one_at_a_time() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    open(&browser, &format!("{zoo}#operation-roomOnDiscuss")).await;
    let folds =
        "[...document.querySelectorAll('#operation-roomOnDiscuss .fold[aria-expanded=false]')]";
    let open = async || {
        let name = format!("return {folds}.map((fold) => fold.textContent.trim())");
        browser.run(&name).await
    };
    let before: Value = open().await;
    assert!(before.to_string().contains("Comment"), "{before}");
    browser.run(&format!("{folds}[0].click()")).await;
    // In its place there is the next one, folded.
    assert_eq!(open().await, before);
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_list_the_http_endpoints_that_the_application_describes() {
    let driver = Driver::start().await;
    let browser = browser(&driver, 1400).await;
    let problem = json!({ "type": "object", "properties": { "code": { "type": "string" } } });
    let openapi = json!({
        "openapi": "3.1.0",
        "info": { "title": "Zoo", "version": "1.2.3" },
        "paths": { "/animals/{id}": {
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
            "get": { "summary": "Tells of **one** animal.", "responses": {
                "404": { "description": "There is none.", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Problem" },
                } } },
            } },
        } },
        "components": { "schemas": { "Problem": problem } },
    });
    let zoo = zoo::serve_with(Some(openapi)).await;
    open(&browser, &format!("{zoo}#http")).await;
    assert_eq!(browser.run(AT).await, json!(["http", true]));
    let endpoint = "document.querySelector('#http details')";
    let head = format!("return {endpoint}.querySelector('summary').innerText.split(/\\s+/)");
    assert_eq!(
        browser.run(&head).await,
        json!(["GET", "/animals/{id}", "Tells", "of", "one", "animal."])
    );
    let body = browser
        .run(&format!(
            "{endpoint}.open = true; return {endpoint}.innerText"
        ))
        .await;
    for part in [
        "id: integer",
        "path",
        "404",
        "There is none.",
        "code?: string",
    ] {
        assert!(body.as_str().unwrap().contains(part), "{part}: {body}");
    }
    is_content(&browser).await;

    let zoo = zoo::serve().await;
    open(&browser, &format!("{zoo}#http")).await;
    let note = "return document.querySelector('#http').innerText";
    let note = browser.run(note).await;
    assert!(note.as_str().unwrap().contains("HTTP 404"), "{note}");
    is_content(&browser).await;
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_remember_light_or_dark() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    open(&browser, &zoo).await;
    let background = "return getComputedStyle(document.body).backgroundColor";
    let light = browser.run(background).await;
    browser
        .run("document.querySelector('#toggle-theme').click()")
        .await;
    let dark = browser.run(background).await;
    assert_ne!(light, dark);
    open(&browser, &zoo).await;
    assert_eq!(browser.run(background).await, dark);
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_fit_a_phone() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 390).await;
    open(&browser, &zoo).await;
    for scheme in ["light", "dark"] {
        // Which fails where anything is wider than the screen.
        browser.screenshot("docs", 390, scheme).await;
    }
    let seen = "document.querySelector('#console').checkVisibility()";
    assert_eq!(browser.run(&format!("return {seen}")).await, false);
    browser
        .run("document.querySelector('#operation-roomOnChat .try').click()")
        .await;
    assert_eq!(browser.run(&format!("return {seen}")).await, true);
    browser.screenshot("docs-sheet", 390, "light").await;
    is_content(&browser).await;
    browser.close().await;
}
