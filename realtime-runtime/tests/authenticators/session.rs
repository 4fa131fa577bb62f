//! `SessionCookie`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{extract::FromRef, response::IntoResponse as _};
use http::header;
use realtime_runtime::{
    auth::session::{
        Cookie, Key, LoadSession, SessionCookie, SignedCookieJar, no_session_cookie, session_cookie,
    },
    prelude::*,
};
use realtime_testing::{Connecting, TestApp};

use crate::closed;

#[derive(Clone)]
struct App {
    key: Key,
    /// Users by their sessions.
    sessions: Arc<Mutex<HashMap<String, String>>>,
}

impl App {
    fn new() -> Self {
        let sessions = [("1", "ann"), ("2", "ann"), ("3", "bob")];
        let sessions = sessions.map(|(id, user)| (id.to_owned(), user.to_owned()));
        Self {
            key: Key::from(&[7; 64]),
            sessions: Arc::new(Mutex::new(sessions.into())),
        }
    }

    fn sign_out(&self, id: &str) {
        self.sessions.lock().unwrap().remove(id);
    }

    fn realtime(&self) -> Realtime {
        self.with(|builder| builder)
    }

    fn with(&self, settings: impl Fn(RealtimeBuilder) -> RealtimeBuilder) -> Realtime {
        let builder = Realtime::builder().state(self.clone());
        settings(builder.consumer::<Inbox>("/ws")).build().unwrap()
    }

    /// The cookie header of a client in that session.
    fn cookie(&self, id: &str) -> String {
        signed(&self.key, "sid", id)
    }
}

impl FromRef<App> for Key {
    fn from_ref(app: &App) -> Self {
        app.key.clone()
    }
}

#[derive(Clone)]
struct User {
    name: String,
    session: String,
}

struct Sessions;

impl LoadSession<App> for Sessions {
    type Identity = User;
    const COOKIE: &'static str = "sid";

    async fn load(id: &str, app: &App) -> Result<Option<User>, Reject> {
        match id {
            "error" => Err(std::io::Error::other("the secret of the database"))?,
            "panic" => panic!("the secret of the database"),
            "banned" => return Err(Reject::forbidden("banned")),
            _ => {}
        }
        let found = app.sessions.lock().unwrap().get(id).cloned();
        Ok(found.map(|name| User {
            name,
            session: id.to_owned(),
        }))
    }

    fn user(user: &User) -> Option<String> {
        Some(user.name.clone())
    }

    fn session(user: &User) -> String {
        user.session.clone()
    }
}

#[message(action = "who")]
pub struct Who;
#[message(action = "me")]
pub struct Me {
    pub name: String,
}

struct Inbox;

#[consumer(name = "inbox", auth = SessionCookie<Sessions>, state = App)]
impl Inbox {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn who(&mut self, _: Who, cx: &mut Context<'_, Self>) -> Me {
        Me {
            name: cx.identity().name.clone(),
        }
    }
}

/// The headers of a response with this jar.
fn set(jar: SignedCookieJar) -> Vec<String> {
    let response = jar.into_response();
    let headers = response.headers().get_all(header::SET_COOKIE).iter();
    headers
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

fn signed(key: &Key, name: &str, id: &str) -> String {
    let jar = SignedCookieJar::new(key.clone()).add(session_cookie(name, id));
    let set = set(jar).remove(0);
    set.split(';').next().unwrap().to_owned()
}

fn connect(app: &TestApp, cookie: &str) -> Connecting {
    app.connect("/ws").header("cookie", cookie)
}

fn both(app: &App) -> [TestApp; 2] {
    let app = || TestApp::new(app.realtime());
    [app(), app().over_tcp()]
}

#[tokio::test]
async fn a_signed_cookie_of_a_session_that_exists_lets_its_user_in() {
    let app = App::new();
    for test in both(&app) {
        for cookie in [app.cookie("1"), format!("a=b; {}; sids=3", app.cookie("1"))] {
            let mut client = connect(&test, &cookie).await.unwrap();
            client.send(Who).await;
            assert_eq!(client.expect::<Me>().name, "ann");
        }
    }
}

#[tokio::test]
async fn a_cookie_that_is_missing_forged_doubled_or_unknown_does_not() {
    let app = App::new();
    let good = app.cookie("1");
    let other_key = signed(&Key::from(&[8; 64]), "sid", "1");
    let other_id = good.replacen("sid=", "", 1);
    let (signature, _) = other_id.split_at(other_id.len() - 1);
    for test in both(&app) {
        for cookie in [
            "a=b".to_owned(),
            "sid=".to_owned(),
            "sid=1".to_owned(),
            other_key.clone(),
            format!("sid={signature}3"),
            format!("{good}x"),
            format!("{good}; {}", app.cookie("3")),
            format!("sid=1; {good}"),
            app.cookie("9"),
            app.cookie(""),
        ] {
            let refused = connect(&test, &cookie).await.unwrap_err();
            assert_eq!(refused, closed(4401, "not signed in"), "{cookie}");
        }
        let refused = test.connect("/ws").await.unwrap_err();
        assert_eq!(refused, closed(4401, "not signed in"));
    }
}

#[tokio::test]
async fn a_loader_that_breaks_lets_nobody_in() {
    let app = App::new();
    for test in both(&app) {
        test.expect_panics();
        for id in ["error", "panic"] {
            let refused = connect(&test, &app.cookie(id)).await.unwrap_err();
            assert_eq!(
                refused,
                closed(1011, "the server could not set the connection up")
            );
        }
        let refused = connect(&test, &app.cookie("banned")).await.unwrap_err();
        assert_eq!(refused, closed(4403, "banned"));
    }
}

#[tokio::test]
async fn a_recheck_closes_the_connections_of_a_session_that_has_ended() {
    for over_tcp in [false, true] {
        let app = App::new();
        let realtime = app.realtime();
        let test = TestApp::new(&realtime);
        let test = if over_tcp { test.over_tcp() } else { test };
        let mut first = connect(&test, &app.cookie("1")).await.unwrap();
        let mut second = connect(&test, &app.cookie("2")).await.unwrap();
        assert_eq!(realtime.recheck(Target::session("1")), 1);
        first.send(Who).await;
        first.expect::<Me>();
        app.sign_out("1");
        app.sign_out("2");
        assert_eq!(realtime.recheck(Target::session("1")), 1);
        let reason = first.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(reason, "the session has ended");
        // Nobody has asked again for this one.
        second.send(Who).await;
        second.expect::<Me>();
        assert_eq!(realtime.recheck(Target::user("ann")), 1);
        second.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn sessions_are_rechecked_by_the_clock_where_that_is_set() {
    let minute = Duration::from_secs(60);
    let app = App::new();
    let test = TestApp::new(app.with(|builder| builder.recheck_every(minute)));
    let mut client = connect(&test, &app.cookie("1")).await.unwrap();
    test.advance(2 * minute).await;
    client.send(Who).await;
    client.expect::<Me>();
    app.sign_out("1");
    test.advance(2 * minute).await;
    client.assert_closed(CloseCode::UNAUTHENTICATED).await;
}

#[test]
fn a_session_cookie_is_kept_from_scripts_and_other_sites() {
    let key = Key::from(&[7; 64]);
    let jar = SignedCookieJar::new(key.clone()).add(session_cookie("sid", "1"));
    let header = set(jar).remove(0);
    let (value, attributes) = header.split_once("; ").unwrap();
    assert!(value.starts_with("sid=") && value.len() > 40, "{value}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/");
    let mut cookie: Cookie<'static> = session_cookie("sid", "1");
    cookie.set_secure(false);
    let header = set(SignedCookieJar::new(key).add(cookie)).remove(0);
    assert!(!header.contains("Secure"), "{header}");
}

#[test]
fn a_session_cookie_is_removed_at_its_own_path() {
    let app = App::new();
    let mut headers = http::HeaderMap::new();
    headers.insert(header::COOKIE, app.cookie("1").parse().unwrap());
    let jar = SignedCookieJar::from_headers(&headers, app.key);
    assert_eq!(jar.get("sid").unwrap().value(), "1");
    let header = set(jar.remove(no_session_cookie("sid"))).remove(0);
    assert!(header.starts_with("sid=; "), "{header}");
    assert!(header.contains("Path=/"), "{header}");
    assert!(header.contains("Max-Age=0"), "{header}");
}

#[tokio::test]
async fn a_cookie_whose_name_is_the_sessions_once_it_is_decoded_is_another_cookie() {
    let app = App::new();
    let test = TestApp::new(app.realtime());
    let (ann, bob) = (app.cookie("1"), app.cookie("3"));
    let encoded = bob.replacen("sid=", "%73id=", 1);
    for both in [format!("{ann}; {encoded}"), format!("{encoded}; {ann}")] {
        let mut client = connect(&test, &both).await.unwrap();
        client.send(Who).await;
        assert_eq!(client.expect::<Me>().name, "ann");
    }
    assert!(connect(&test, &encoded).await.is_err());
}
