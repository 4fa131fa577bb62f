//! A client that speaks to the program in memory and keeps its cookie, as a browser does.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use notifications::{App, Config};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The program on a database of its own.
pub(crate) async fn app() -> App {
    notifications::app(&Config::new(":memory:")).await.unwrap()
}

/// One browser.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) head: Response<()>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.head
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header(header::LOCATION).unwrap()
    }

    /// Asserts the status and, of an error, its code.
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.json()["code"], code);
        assert!(self.json()["detail"].is_string());
    }
}

impl Client {
    pub(crate) fn new(app: &App) -> Self {
        Self {
            router: app.router.clone(),
            cookie: None,
        }
    }

    pub(crate) async fn signed_in(app: &App, username: &str) -> Self {
        let mut client = Self::new(app);
        let answer = client
            .post(
                "/login",
                JSON,
                &serde_json::json!({ "username": username }).to_string(),
            )
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        client
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    pub(crate) async fn post(&mut self, path: &str, content_type: &str, body: &str) -> Answer {
        self.send(
            Request::post(path).header(header::CONTENT_TYPE, content_type),
            body,
        )
        .await
    }

    /// Fires with JSON and returns the notification.
    pub(crate) async fn fire(&mut self, fields: &Value) -> Value {
        let answer = self
            .post("/realtime/fire/", JSON, &fields.to_string())
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn list(&mut self, query: &str) -> Value {
        let answer = self.get(&format!("/notifications{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn mark_read(&mut self, id: &Value) -> Answer {
        self.send(Request::post(format!("/notifications/{id}/read")), "")
            .await
    }

    pub(crate) async fn send(&mut self, request: http::request::Builder, body: &str) -> Answer {
        let mut request = request
            .header(header::HOST, "here.example")
            .body(Body::from(body.to_owned()))
            .unwrap();
        if let Some(cookie) = &self.cookie {
            request
                .headers_mut()
                .insert(header::COOKIE, cookie.parse().unwrap());
        }
        let is_head = request.method() == Method::HEAD;
        let (head, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert!(!is_head || text.is_empty());
        let answer = Answer {
            status: head.status,
            head: Response::from_parts(head, ()),
            text,
        };
        if let Some(set) = answer.header(header::SET_COOKIE) {
            let pair = set.split(';').next().unwrap();
            self.cookie = if pair.ends_with('=') {
                None
            } else {
                Some(pair.to_owned())
            };
        }
        answer
    }
}

/// The ids of a list.
pub(crate) fn ids(list: &Value) -> Vec<i64> {
    list["notifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect()
}
