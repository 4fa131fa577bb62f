//! The consumer by itself, without a port and without waiting: whatever a step caused is done when the step returns.

use axum::body::Body;
use example_contract::{Session, Sessions};
use http::{Request, Response, StatusCode, header};
use notifications::App;
use notifications_contract::Notification;
use notifications_contract::messages::{
    CountUpdate, Initial, MarkAllRead, MarkRead, NewNotification, Ping, Pong,
};
use realtime_runtime::CloseCode;
use realtime_testing::{Communicator, TestApp};
use serde_json::{Value, json};

use crate::client::{Client, JSON, app};
use crate::socket::PATH;

/// A user who is signed in, with the program under test.
pub(crate) struct User {
    pub(crate) app: TestApp,
    pub(crate) cookie: String,
    session: Session,
}

impl User {
    pub(crate) async fn signed_in(program: &App, username: &str) -> Self {
        Self::of(program, TestApp::new(program.router.clone()), username).await
    }

    async fn over_tcp(program: &App, username: &str) -> Self {
        let app = TestApp::new(program.router.clone()).over_tcp();
        Self::of(program, app, username).await
    }

    async fn of(program: &App, app: TestApp, username: &str) -> Self {
        let cookie = Client::signed_in(program, username).await.cookie.unwrap();
        let mut headers = http::HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        let found = program.store.session(&headers).await;
        Self {
            app,
            cookie,
            session: found.unwrap().unwrap(),
        }
    }

    /// Another tab, with its first frame.
    pub(crate) async fn tab(&self) -> (Communicator, Initial) {
        let connecting = self.app.connect(PATH).header("cookie", &self.cookie);
        let mut tab = connecting.await.unwrap();
        let initial = tab.expect();
        (tab, initial)
    }

    async fn post(&self, path: &str, body: &Value) -> Response<axum::body::Bytes> {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, JSON)
            .body(Body::from(body.to_string()))
            .unwrap();
        self.app.http(request).await
    }

    pub(crate) async fn fire(&self, fields: &Value) -> Notification {
        let answer = self.post("/realtime/fire/", fields).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        serde_json::from_slice(answer.body()).unwrap()
    }
}

fn count(unread_count: i64) -> CountUpdate {
    CountUpdate { unread_count }
}

#[tokio::test]
async fn a_notification_appears_in_every_tab_of_its_user() {
    let program = app().await;
    let ann = User::signed_in(&program, "ann").await;
    let bob = User::signed_in(&program, "bob").await;
    appears(&ann, &bob).await;
    let ann = User::over_tcp(&program, "cat").await;
    let bob = User::over_tcp(&program, "dan").await;
    appears(&ann, &bob).await;
}

async fn appears(ann: &User, bob: &User) {
    let (mut first, initial) = ann.tab().await;
    let (mut second, _) = ann.tab().await;
    let (others, _) = bob.tab().await;
    assert_eq!((initial.unread_count, initial.recent.len()), (0, 0));

    let notification = ann.fire(&json!({ "title": "Hello" })).await;

    for tab in [&mut first, &mut second] {
        assert_eq!(tab.expect::<NewNotification>().notification, notification);
        assert_eq!(tab.expect::<CountUpdate>(), count(1));
        tab.assert_silent();
    }
    others.assert_silent();

    let (third, initial) = ann.tab().await;
    assert_eq!(initial.recent, [notification]);
    third.assert_silent();
}

#[tokio::test]
async fn reading_in_one_tab_counts_down_in_the_others() {
    let program = app().await;
    let ann = User::signed_in(&program, "ann").await;
    let id = ann.fire(&json!({})).await.id;
    ann.fire(&json!({})).await;
    ann.fire(&json!({})).await;
    let (mut here, _) = ann.tab().await;
    let (mut there, _) = ann.tab().await;

    here.send_with_ref(MarkRead { id }, 7_u64).await;
    assert_eq!(
        here.frames(),
        [json!({ "type": "count_update", "unread_count": 2, "ref": 7 })]
    );
    assert_eq!(there.messages::<CountUpdate>(), [count(2)]);

    // Read already: an answer, and no news.
    here.send(MarkRead { id }).await;
    assert_eq!(here.messages::<CountUpdate>(), [count(2)]);
    there.assert_silent();

    there.send(MarkAllRead).await;
    for tab in [&mut here, &mut there] {
        assert_eq!(tab.messages::<CountUpdate>(), [count(0)]);
        tab.assert_silent();
    }

    here.send(MarkRead { id: id + 100 }).await;
    let error = &here.frames()[0];
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("error"), &json!("not_found"))
    );
    here.send(Ping).await;
    assert_eq!(here.messages::<Pong>(), [Pong]);
    there.assert_silent();
}

#[tokio::test]
async fn signing_out_ends_the_session_on_every_socket() {
    let program = app().await;
    let here = User::signed_in(&program, "ann").await;
    let phone = User::signed_in(&program, "ann").await;
    let (mut first, _) = here.tab().await;
    let (mut second, _) = here.tab().await;
    let (on_phone, _) = phone.tab().await;
    assert_eq!(program.realtime.connections(), 3);

    here.post("/logout", &json!({})).await;

    for tab in [&mut first, &mut second] {
        let reason = tab.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(reason, "signed out");
        tab.assert_silent();
    }
    on_phone.assert_silent();
    assert_eq!(on_phone.closed(), None);
    let again = here.app.connect(PATH).header("cookie", &here.cookie).await;
    assert_eq!(again.unwrap_err().code(), Some(4401));
    let forged = here.app.connect(PATH).header("cookie", "session=x").await;
    assert_eq!(forged.unwrap_err().code(), Some(4401));
    let foreign = phone.app.connect(PATH).header("cookie", &phone.cookie);
    let foreign = foreign.origin("http://evil.example").await;
    assert_eq!(foreign.unwrap_err().status(), Some(403));
}

#[tokio::test]
async fn a_test_may_say_who_is_there() {
    let program = app().await;
    let ann = User::signed_in(&program, "ann").await;
    let session = ann.session.clone();
    let mut tab = ann.app.connect(PATH).identity(session).await.unwrap();
    assert_eq!(tab.expect::<Initial>().unread_count, 0);
    ann.fire(&json!({})).await;
    assert_eq!(tab.messages::<CountUpdate>(), [count(1)]);
}
