//! The application that is built on a bus: a room, and a hall whose group has the same key.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use http::request::Parts;
use realtime_runtime::{OutboxPolicy, prelude::*};
use tokio::sync::Semaphore;

use super::Bus;
use crate::{Communicator, TestApp};

#[message(action = "said")]
pub(super) struct Said {
    pub(super) number: usize,
}

/// What each member answers for itself.
#[message(action = "asked")]
pub(super) struct Asked {
    pub(super) by: String,
    pub(super) number: usize,
}

#[message(action = "answered")]
pub(super) struct Answered {
    pub(super) name: String,
    pub(super) by: String,
    pub(super) number: usize,
}

/// A text, of which members are told the length.
#[message(action = "told")]
pub(super) struct Told {
    pub(super) text: String,
}

/// A text that members get as it is.
#[message(action = "shown")]
pub(super) struct Shown {
    pub(super) text: String,
}

/// Something that JSON has no way to write: the keys of its objects are strings.
#[message(action = "drawn")]
pub(super) struct Drawn {
    pub(super) pixels: BTreeMap<Vec<u8>, u8>,
}

/// Keeps the handler of one member busy until the gate opens.
#[message(action = "held_up")]
pub(super) struct HeldUp {
    pub(super) name: String,
}

#[message(action = "join")]
pub(super) struct Join {
    pub(super) room: String,
}

#[message(action = "leave")]
pub(super) struct Leave {
    pub(super) room: String,
}

#[message(action = "done")]
pub(super) struct Done;

/// What the nodes of an application share beside the bus.
#[derive(Debug)]
pub(super) struct World {
    addresses: Mutex<HashMap<String, Address<Room>>>,
    banned: Mutex<BTreeSet<String>>,
    pub(super) gate: Semaphore,
}

impl World {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            addresses: Mutex::default(),
            banned: Mutex::default(),
            gate: Semaphore::new(0),
        })
    }

    fn remember(&self, name: &str, address: Address<Room>) {
        let mut addresses = self.addresses.lock().unwrap();
        addresses.insert(name.to_owned(), address);
    }

    pub(super) fn address(&self, name: &str) -> Address<Room> {
        self.addresses.lock().unwrap()[name]
    }

    pub(super) fn ban(&self, name: &str) {
        self.banned.lock().unwrap().insert(name.to_owned());
    }
}

/// Who says a name has it.
pub(super) struct Names;

impl Authenticator<Arc<World>> for Names {
    type Identity = String;

    async fn authenticate(request: &mut Parts, _: &Arc<World>) -> Result<String, Reject> {
        let name = request.headers.get("x-name");
        let name = name.and_then(|name| name.to_str().ok());
        name.map(str::to_owned)
            .ok_or_else(|| Reject::unauthenticated("no name"))
    }

    fn user(name: &String) -> Option<String> {
        Some(name.clone())
    }

    async fn recheck(name: &String, world: &Arc<World>) -> Result<(), Reject> {
        if world.banned.lock().unwrap().contains(name) {
            return Err(Reject::forbidden("banned"));
        }
        Ok(())
    }
}

pub(super) struct Room {
    name: String,
}

impl Room {
    pub(super) fn group(room: &str) -> Group<Self> {
        Group::new(["room", room])
    }

    pub(super) fn all() -> Group<Self> {
        Self::group("all")
    }
}

#[consumer(name = "room", auth = Names, state = Arc<World>)]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let name = cx.identity().clone();
        let (world, address) = (Arc::clone(cx.state()), cx.address());
        world.remember(&name, address);
        cx.join(&Self::all()).await?;
        Ok(Self { name })
    }

    #[ws_handler]
    async fn join(&mut self, message: Join, cx: &mut Context<'_, Self>) -> Result<Done, Error> {
        cx.join(&Self::group(&message.room)).await?;
        Ok(Done)
    }

    #[ws_handler]
    async fn leave(&mut self, message: Leave, cx: &mut Context<'_, Self>) -> Done {
        cx.leave(&Self::group(&message.room));
        Done
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn told(event: &Told) -> Said {
        let number = event.text.len();
        Said { number }
    }

    #[event_handler]
    async fn shown(event: &Shown) -> Shown {
        event.clone()
    }

    #[event_handler]
    async fn drawn(event: &Drawn) -> Said {
        let number = event.pixels.len();
        Said { number }
    }

    #[event_handler]
    async fn asked(&mut self, event: &Asked) -> Answered {
        Answered {
            name: self.name.clone(),
            by: event.by.clone(),
            number: event.number,
        }
    }

    #[event_handler]
    async fn held_up(&mut self, event: &HeldUp, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        if event.name == self.name {
            cx.state().gate.acquire().await?.forget();
        }
        Ok(())
    }
}

pub(super) struct Hall;

impl Hall {
    pub(super) fn all() -> Group<Self> {
        Group::new(["room", "all"])
    }
}

#[consumer(name = "hall", auth = Names, state = Arc<World>)]
impl Hall {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Self::all()).await?;
        Ok(Self)
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }
}

/// One node of the application.
pub(super) struct App {
    pub(super) realtime: Realtime,
    pub(super) layer: ChannelLayer,
    app: TestApp,
}

impl App {
    pub(super) async fn on(bus: &impl Bus, world: &Arc<World>) -> Self {
        let realtime = Realtime::builder()
            .state(Arc::clone(world))
            .consumer::<Room>("/room")
            .consumer::<Hall>("/hall")
            // A member that does not keep up loses what does not fit, and stays.
            .outbox_policy(OutboxPolicy::DropNewest)
            .layer(bus.node().await)
            .build()
            .expect("an application");
        let app = TestApp::new(&realtime);
        Self {
            layer: realtime.layer(),
            realtime,
            app,
        }
    }

    /// Somebody in the room.
    pub(super) async fn client(&self, name: &str) -> Communicator {
        self.connect("/room", name).await
    }

    pub(super) async fn connect(&self, path: &str, name: &str) -> Communicator {
        let connecting = self.app.connect(path).header("x-name", name);
        connecting.await.expect("a connection")
    }
}

pub(super) fn said(number: usize) -> Said {
    Said { number }
}

pub(super) fn join(room: &str) -> Join {
    let room = room.to_owned();
    Join { room }
}

pub(super) fn leave(room: &str) -> Leave {
    let room = room.to_owned();
    Leave { room }
}
