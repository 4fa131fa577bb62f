//! The console of the documentation page, with the example and with a server of every shape.

use example_testing::{Browser, Driver};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

use crate::docs::{CONNECT, SEND, STATE, browser, is_content, open, signed_in};
use crate::zoo;

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_talk_to_the_server_and_say_what_came_back() {
    let driver = Driver::start().await;
    let (program, browser) = signed_in(&driver).await;
    browser.run(CONNECT).await;
    browser.until(&format!("{STATE} === 'connected'")).await;
    browser
        .until("document.querySelector('.entry.push[data-name=initial]')")
        .await;

    browser
        .run("document.querySelector('#operation-notificationsOnPing .try').click()")
        .await;
    let composer = browser
        .page
        .find(Locator::Css("#console .composer select"))
        .await
        .unwrap();
    let keys = format!("{}{}", char::from(Key::Control), char::from(Key::Enter));
    composer.send_keys(&keys).await.unwrap();
    let pong = "document.querySelector('.entry.sent[data-name=ping] .entry.reply[data-name=pong]')";
    browser.until(pong).await;
    let latency = browser
        .run(&format!(
            "return {pong}.querySelector('.latency').textContent"
        ))
        .await;
    assert!(latency.as_str().unwrap().ends_with(" ms"), "{latency}");

    let fire = "await fetch('/realtime/fire/', { method: 'POST', body: new URLSearchParams({ title: 'Fired' }) })";
    browser.run_async(fire).await;
    let push = "document.querySelector('.log > .entry.push[data-name=notification]')";
    browser.until(push).await;
    assert_eq!(
        browser
            .run(&format!("return {push}.textContent.includes('Fired')"))
            .await,
        true
    );
    for scheme in ["light", "dark"] {
        browser.screenshot("docs-console", 1400, scheme).await;
    }

    browser
        .run_async("await fetch('/logout', { method: 'POST' })")
        .await;
    let close = "document.querySelector('.entry.close')";
    browser.until(close).await;
    let said = browser
        .run(&format!(
            "return [{close}.textContent, {close}.querySelector('a').hash]"
        ))
        .await;
    let text = said[0].as_str().unwrap();
    for part in [
        "4401 unauthenticated",
        "Not signed in, or signed out since.",
        "Do not connect again",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(said[1], "#close-notifications-4401");
    is_content(&browser).await;
    browser.close().await;
    program.stop();
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_connect_with_parameters_and_a_token_behind_a_prefix() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    for way in [
        "the query parameter token",
        "a token, offered as subprotocol after bearer",
    ] {
        open(&browser, &zoo).await;
        let choose = format!(
            "document.querySelector('#operation-roomOnChat .try').click();
             const select = [...document.querySelectorAll('#console select')].find((select) => [...select.options].some(({{ text }}) => text === {way:?}));
             select.value = {way:?};
             select.dispatchEvent(new Event('change'));
             const give = (input, value) => {{ input.value = value; input.dispatchEvent(new Event('input')); }};
             give(document.querySelector('#console .secret'), 'open-sesame');
             give(document.querySelector('#console [data-parameter=room]'), 'a b/c');
             give(document.querySelector('#console [data-parameter=since]'), '7');
             return document.querySelector('#console .url').textContent;"
        );
        let url = browser.run(&choose).await;
        let url = url.as_str().unwrap();
        assert!(
            url.contains("/api/ws/rooms/a%20b%2Fc?since=7")
                || url.contains("/api/ws/rooms/a b%2Fc?since=7"),
            "{url}"
        );
        assert!(!url.contains("sesame"), "{url}");
        browser.run(CONNECT).await;
        browser.until(&format!("{STATE} === 'connected'")).await;
    }
    is_content(&browser).await;
    browser.close().await;
}

/// Chooses an operation in the console of the zoo, connected to its room.
async fn in_the_room(browser: &Browser, operation: &str) {
    browser
        .run(&format!(
            "document.querySelector('#operation-{operation} .try').click();
             const input = document.querySelector('#console .secret');
             input.value = 'open-sesame';
             input.dispatchEvent(new Event('input'));
             {CONNECT}"
        ))
        .await;
    browser.until(&format!("{STATE} === 'connected'")).await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_keep_form_and_json_in_step_and_say_what_does_not_fit() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    open(&browser, &zoo).await;
    in_the_room(&browser, "roomOnDraw").await;
    let raw = "JSON.parse(document.querySelector('#console textarea.raw').value)";
    let shape = async || browser.run(&format!("return {raw}.payload.shape")).await;
    assert_eq!(
        shape().await,
        json!({ "kind": "circle", "center": { "x": 0, "y": 0 }, "radius": 0.1 })
    );
    // Another variant, whose list needs two items.
    browser
        .run("const select = document.querySelector('[id=\"f-payload.shape\"]'); select.selectedIndex = 1; select.dispatchEvent(new Event('change'))")
        .await;
    let path = json!({ "kind": "path", "points": [{ "x": 0, "y": 0 }, { "x": 0, "y": 0 }], "closed": false });
    assert_eq!(shape().await, path);
    let x = browser
        .page
        .find(Locator::Css("[id=\"f-payload.shape.points[1].x\"]"))
        .await
        .unwrap();
    x.clear().await.unwrap();
    x.send_keys("41").await.unwrap();
    assert_eq!(
        browser
            .run(&format!("return {raw}.payload.shape.points[1].x"))
            .await,
        41
    );
    x.send_keys("z").await.unwrap();
    let issues = "return document.querySelector('#console .issues').textContent";
    assert_eq!(
        browser.run(issues).await,
        "payload.shape.points[1].x must be of type number"
    );
    // It may be sent all the same, and the server says the same.
    browser.run(SEND).await;
    browser
        .until("document.querySelector('.entry.sent[data-name=draw] .entry.error')")
        .await;

    // Text becomes a form again.
    browser
        .run(
            "const [form, json] = document.querySelectorAll('#console .tabs button');
             json.click();
             const raw = document.querySelector('#console textarea.raw');
             raw.value = raw.value.replace('41z', '\\\"42').replace('\"\\\"', '').replace('42\"', '42');
             raw.dispatchEvent(new Event('input'));
             form.click();",
        )
        .await;
    assert_eq!(browser.run(issues).await, "");
    assert_eq!(
        browser
            .run("return document.querySelector('[id=\"f-payload.shape.points[1].x\"]').value")
            .await,
        "42"
    );
    browser.run(SEND).await;
    browser
        .until(
            "document.querySelector('.entry.sent[data-name=draw] .entry.reply[data-name=drawn]')",
        )
        .await;
    is_content(&browser).await;
    browser.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver; `cargo xtask test` installs them and runs it"]
async fn docs_keep_no_more_frames_than_a_tab_can_bear() {
    let driver = Driver::start().await;
    let zoo = zoo::serve().await;
    let browser = browser(&driver, 1400).await;
    open(&browser, &zoo).await;
    in_the_room(&browser, "roomOnCount").await;
    browser
        .run("const input = document.querySelector('[id=\"f-payload.up_to\"]'); input.value = '1000'; input.dispatchEvent(new Event('input'))")
        .await;
    browser.run(SEND).await;
    // A thousand numbers, and the frame that says that there are no more.
    let told = "document.querySelector('.frames > .doc').textContent";
    browser
        .until(&format!("{told}.startsWith('1 sent, 1001 received')"))
        .await;
    let kept = "return document.querySelectorAll('.entry').length";
    assert_eq!(browser.run(kept).await, 500);
    let newest = "return document.querySelector('.log > .sent > .replies').lastChild.dataset.name";
    assert_eq!(browser.run(newest).await, "complete");
    is_content(&browser).await;
    browser.close().await;
}
