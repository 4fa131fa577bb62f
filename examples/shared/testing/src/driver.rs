//! Chromium, driven.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything on a page may take before the test fails. Nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(40);

/// One ChromeDriver. Ends with its browsers when it is dropped.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it, and waits until it listens.
    pub async fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("chromedriver")
            .args([format!("--port={port}"), "--log-level=SEVERE".to_owned()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (`cargo xtask test` sees to it)");
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            assert!(Instant::now() < deadline, "chromedriver does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, port }
    }

    /// A browser of its own: no cookies, no cache.
    pub async fn browser(&self) -> Browser {
        let profile = tempfile::tempdir().unwrap();
        let user_data = format!("--user-data-dir={}", profile.path().display());
        let capabilities: Capabilities = serde_json::from_value(json!({
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", user_data,
            ] },
        }))
        .unwrap();
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .unwrap();
        Browser { page, profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One browser, with its own cookies; perhaps several tabs.
#[derive(Debug)]
pub struct Browser {
    /// The session, for what has no method here.
    pub page: Client,
    profile: TempDir,
}

impl Browser {
    /// Opens an address in the tab that is in front.
    pub async fn open(&self, address: &str) {
        self.page.goto(address).await.unwrap();
    }

    /// The value of a script's `return`.
    pub async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// The value that an asynchronous function's body returns.
    pub async fn run_async(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then((value) => done({{ value }}), (error) => done({{ error: String(error?.stack ?? error) }}));"
        );
        let outcome = self.page.execute_async(&script, Vec::new()).await.unwrap();
        assert!(outcome.get("error").is_none(), "{}", outcome["error"]);
        outcome["value"].clone()
    }

    /// Waits until an expression on the page is true.
    pub async fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression})")).await != true {
            assert!(
                Instant::now() < deadline,
                "never true: {expression}\n{}",
                self.run("return document.body.innerText").await
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What the browser has complained about since it was last asked: errors of scripts, refused resources.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self
            .page
            .issue_cmd(Raw {
                path: "se/log",
                body: json!({ "type": "browser" }),
            })
            .await
            .unwrap();
        let entries = log.as_array().unwrap().iter();
        entries
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Runs a command of the Chrome DevTools Protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.page
            .issue_cmd(Raw {
                path: "goog/cdp/execute",
                body,
            })
            .await
            .unwrap();
    }

    /// Saves what is seen at that width, in light or dark, under `target/screenshots`.
    pub async fn screenshot(&self, name: &str, width: u32, scheme: &str) {
        let height = if width < 600 { 844 } else { 900 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
        let overflow = self
            .run("return document.documentElement.scrollWidth - innerWidth")
            .await;
        assert!(overflow.as_i64() <= Some(0), "{name} is wider than {width}");
        let folder = screenshots();
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}-{width}-{scheme}.png"));
        std::fs::write(file, self.page.screenshot().await.unwrap()).unwrap();
    }

    /// Kills it, as when the power goes: its sockets say nothing more.
    pub fn kill(self) {
        let profile = self.profile.path().display().to_string();
        let killed = Command::new("pkill")
            .args(["-KILL", "-f", &profile])
            .status();
        assert!(killed.unwrap().success(), "no browser has {profile}");
    }

    /// Closes it with all its tabs.
    pub async fn close(self) {
        self.page.close().await.unwrap();
    }
}

/// Beside the build's own files, wherever those are: the test is one of them.
fn screenshots() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("screenshots")
}

/// A command that is ChromeDriver's own.
#[derive(Debug)]
struct Raw {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
