//! What the document says of authenticators.

use axum::extract::FromRef;
use realtime_runtime::{
    auth::{
        AllOf, AnyOf, Optional,
        jwt::{Jwt, JwtAuth, NoClaims},
        session::{Key, LoadSession, SessionCookie},
    },
    prelude::*,
};
use serde_json::{Value, json};

use crate::tokens::Everywhere;

#[derive(Clone)]
struct App;

impl FromRef<App> for Jwt {
    fn from_ref(_: &App) -> Self {
        unreachable!("a document needs no state")
    }
}

impl FromRef<App> for Key {
    fn from_ref(_: &App) -> Self {
        unreachable!("a document needs no state")
    }
}

struct Sessions;

impl LoadSession<App> for Sessions {
    type Identity = String;

    async fn load(_: &str, _: &App) -> Result<Option<String>, Reject> {
        Ok(None)
    }

    fn session(identity: &String) -> String {
        identity.clone()
    }
}

type Session = SessionCookie<Sessions>;

macro_rules! consumers {
    ($($name:ident = $auth:ty;)+) => {
        $(struct $name;

        #[consumer(auth = $auth, state = App)]
        impl $name {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }
        })+
    };
}

consumers! {
    Header = JwtAuth;
    AllSources = JwtAuth<NoClaims, Everywhere>;
    Either = AnyOf<Session, AnyOf<JwtAuth, JwtAuth>>;
    Both = AllOf<Session, AnyOf<JwtAuth, JwtAuth<NoClaims, Everywhere>>>;
    Maybe = Optional<JwtAuth>;
}

/// The security of a document with one consumer: what is required, and the schemes.
fn security<C: Consumer<State = App>>() -> Value {
    let document = Realtime::builder().consumer::<C>("/ws").asyncapi();
    let document = serde_json::to_value(document.unwrap()).unwrap();
    let operations = document["operations"].as_object().unwrap().values();
    let mut required: Vec<&Value> = operations
        .filter_map(|operation| operation.get("security"))
        .collect();
    required.dedup();
    json!({
        "operations": required,
        "schemes": document["components"]["securitySchemes"],
    })
}

#[test]
fn the_security_of_each_is_in_the_document() {
    insta::assert_json_snapshot!("header", security::<Header>());
    insta::assert_json_snapshot!("all_sources", security::<AllSources>());
    insta::assert_json_snapshot!("any_of", security::<Either>());
    insta::assert_json_snapshot!("all_of", security::<Both>());
    insta::assert_json_snapshot!("optional", security::<Maybe>());
}
