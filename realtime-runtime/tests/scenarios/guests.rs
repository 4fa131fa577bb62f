//! An application that knows its clients, for the scenarios of who may connect.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{StatusCode, request::Parts};
use realtime_runtime::{auth::Attempt, prelude::*};

use crate::support::{Ping, Pong};

#[message(action = "welcome")]
pub struct Welcome {
    pub name: String,
}

#[message(action = "entered")]
pub struct Entered {
    pub name: String,
}

#[message(action = "who_am_i")]
pub struct WhoAmI;

#[message(action = "you_are")]
pub struct YouAre {
    pub name: String,
    pub room: u32,
    pub query: String,
}

#[derive(Clone, Default)]
pub struct House(Arc<Rooms>);

#[derive(Default)]
pub struct Rooms {
    connected: AtomicUsize,
    handled: AtomicUsize,
    gone: AtomicUsize,
    ended: Mutex<HashSet<String>>,
}

impl House {
    pub fn connected(&self) -> usize {
        self.0.connected.load(Ordering::SeqCst)
    }

    pub fn handled(&self) -> usize {
        self.0.handled.load(Ordering::SeqCst)
    }

    pub fn gone(&self) -> usize {
        self.0.gone.load(Ordering::SeqCst)
    }

    /// Ends a session.
    pub fn end(&self, session: &str) {
        self.0.ended.lock().unwrap().insert(session.to_owned());
    }
}

#[derive(Clone)]
pub struct User {
    pub name: String,
    session: String,
}

/// Believes the headers `x-user` and `x-session`.
pub struct HeaderAuth;

fn header(request: &Parts, name: &str) -> Option<String> {
    let value = request.headers.get(name)?;
    value.to_str().ok().map(str::to_owned)
}

impl Authenticator<House> for HeaderAuth {
    type Identity = User;

    async fn authenticate(request: &mut Parts, _: &House) -> Result<User, Reject> {
        let name = header(request, "x-user");
        let name = name.ok_or_else(|| Reject::unauthenticated("sign in first"))?;
        match name.as_str() {
            "broken" => Err(std::io::Error::other("the secret of the authenticator"))?,
            "panics" => panic!("the secret of the authenticator"),
            "api" => return Err(Reject::http(StatusCode::PAYMENT_REQUIRED)),
            _ => {}
        }
        Ok(User {
            name,
            session: header(request, "x-session").unwrap_or_default(),
        })
    }

    fn user(identity: &User) -> Option<String> {
        Some(identity.name.clone())
    }

    fn session(identity: &User) -> Option<String> {
        Some(identity.session.clone())
    }

    async fn recheck(identity: &User, house: &House) -> Result<(), Reject> {
        if house.0.ended.lock().unwrap().contains(&identity.session) {
            return Err(Reject::unauthenticated("signed out"));
        }
        Ok(())
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct RoomPath {
    pub room: u32,
}

/// Refuses where the number of the room is a status.
pub struct MayEnter;

impl<C> Permission<C> for MayEnter
where
    C: Consumer<Path = RoomPath>,
{
    type Granted = u32;

    async fn check(attempt: Attempt<'_, C>) -> Result<u32, Reject> {
        match attempt.path.room {
            403 => Err(Reject::forbidden("members only")),
            404 => Err(Reject::not_found("there is no such room")),
            500 => Err(std::io::Error::other("the secret of the permission"))?,
            501 => panic!("the secret of the permission"),
            room => Ok(room),
        }
    }
}

/// Refuses nobody.
pub struct Open;

impl<C: Consumer> Permission<C> for Open {
    type Granted = ();

    async fn check(_: Attempt<'_, C>) -> Result<(), Reject> {
        Ok(())
    }
}

/// Tells its clients with a message who they are.
pub struct Guest;

#[consumer(
    name = "guest",
    state = House,
    auth = HeaderAuth,
    permissions(MayEnter),
    path = RoomPath,
    authentication,
    groups(["room", &cx.path().room.to_string()]),
    output(Welcome)
)]
impl Guest {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.state().0.connected.fetch_add(1, Ordering::SeqCst);
        let name = cx.identity().name.clone();
        let room = Group::<Self>::new(["room", &cx.path().room.to_string()]);
        // Its own group is joined already.
        room.send(cx, Entered { name: name.clone() }).await?;
        cx.send(Welcome { name }).await?;
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().0.handled.fetch_add(1, Ordering::SeqCst);
        Pong
    }

    #[event_handler]
    async fn entered(event: &Entered) -> Entered {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().0.gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// The same house, by its close codes alone.
pub struct Visitor {
    room: u32,
    query: String,
}

#[consumer(
    name = "visitor",
    state = House,
    auth = HeaderAuth,
    permissions(Open, MayEnter),
    path = RoomPath,
)]
impl Visitor {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.state().0.connected.fetch_add(1, Ordering::SeqCst);
        cx.join(&Group::new(["visitors"])).await?;
        if cx.path().room == 13 {
            return Err(Reject::forbidden("not in this room"));
        }
        Ok(Self {
            room: cx.granted().1,
            query: cx.uri().query().unwrap_or_default().to_owned(),
        })
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().0.handled.fetch_add(1, Ordering::SeqCst);
        Pong
    }

    #[ws_handler]
    async fn who_am_i(&mut self, _: WhoAmI, cx: &mut Context<'_, Self>) -> YouAre {
        YouAre {
            name: cx.identity().name.clone(),
            room: self.room,
            query: self.query.clone(),
        }
    }

    #[event_handler]
    async fn entered(event: &Entered) -> Entered {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().0.gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// Knows its clients if they say who they are, and lets everybody in.
pub struct MaybeHeader;

impl Authenticator<House> for MaybeHeader {
    type Identity = Option<String>;

    async fn authenticate(request: &mut Parts, _: &House) -> Result<Option<String>, Reject> {
        Ok(header(request, "x-user"))
    }

    fn user(identity: &Option<String>) -> Option<String> {
        identity.clone()
    }
}

pub struct Stranger;

#[consumer(
    name = "stranger",
    state = House,
    auth = MaybeHeader,
    permissions(MayEnter),
    path = RoomPath,
    authentication
)]
impl Stranger {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }
}

pub fn house() -> (Realtime, House) {
    house_with(|builder| builder)
}

pub fn house_with(settings: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder) -> (Realtime, House) {
    let house = House::default();
    let builder = Realtime::builder()
        .state(house.clone())
        .consumer::<Guest>("/guests/{room}")
        .consumer::<Visitor>("/visitors/{room}")
        .consumer::<Visitor>("/again/{room}")
        .consumer::<Stranger>("/strangers/{room}");
    (settings(builder).build().unwrap(), house)
}
