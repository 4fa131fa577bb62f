//! The consumer: one tab of a user who is signed in.

use std::marker::PhantomData;

use example_contract::{SessionAuth, Sessions};
use realtime_runtime::{
    prelude::*,
    presence::{Diff, PresenceError, Present},
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};

use crate::messages::{Person, Presence, Roster, SetStatus, SomebodyTypes, Types, Typing, Who};

/// What a connection says of itself, if anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
#[schemars(crate = "realtime_runtime::schemars")]
pub struct Status(Option<String>);

/// One tab of a user; the others hear that it is there. `S` knows who is signed in.
#[derive(Debug)]
pub struct Online<S> {
    name: String,
    sessions: PhantomData<S>,
}

impl<S: Sessions> Online<S> {
    /// Everybody.
    pub fn everybody() -> Group<Self> {
        Group::new(["everybody"])
    }
}

/// Who is here, and what they are up to.
#[consumer(name = "presence", state = S, auth = SessionAuth, output(Presence))]
impl<S: Sessions> Online<S> {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let name = cx.identity().username.clone();
        let presence = cx.presence::<Status>();
        // A further tab, or the same one after a reload, goes on with what the user has said.
        let tracked = presence
            .resume(cx, &Self::everybody(), name.as_str(), Status::default())
            .await;
        let totals = tracked.map_err(|error| match error {
            PresenceError::Full { .. } => Reject::close(CloseCode::TOO_MANY, "too many are here"),
            error => error.into(),
        })?;
        cx.send(Presence {
            users: totals.users as u64,
            connections: totals.connections as u64,
            joined: Vec::new(),
            left: Vec::new(),
        })
        .await?;
        let sessions = PhantomData;
        Ok(Self { name, sessions })
    }

    /// Lists everybody who is here.
    #[ws_handler(tags("roster"))]
    async fn who(&mut self, _: Who, cx: &mut Context<'_, Self>) -> Result<Roster, Error> {
        let present = cx.presence::<Status>().all(&Self::everybody()).await?;
        Ok(Roster {
            users: present.into_iter().map(Person::from).collect(),
        })
    }

    /// Changes what the roster says of the user.
    #[ws_handler(tags("roster"))]
    async fn set_status(
        &mut self,
        message: SetStatus,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Error> {
        let presence = cx.presence::<Status>();
        let status = Status(Some(message.status));
        // In all tabs: it holds whichever of them is closed.
        presence
            .update_user(&Self::everybody(), &self.name, status)
            .await?;
        Ok(())
    }

    /// Tells all other connections that the user is typing.
    #[ws_handler(tags("typing"))]
    async fn typing(&mut self, _: Typing, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let name = self.name.clone();
        let others = cx.exclude_self();
        Self::everybody().send(&others, Types { name }).await?;
        Ok(())
    }

    /// Somebody has come or gone, or has another status.
    #[event_handler]
    async fn changed(event: &Diff<Status>) -> Presence {
        let joined = event.joined.iter().map(|present| present.user.clone());
        Presence {
            users: event.totals.users as u64,
            connections: event.totals.connections as u64,
            joined: joined.collect(),
            left: event.left.clone(),
        }
    }

    /// Somebody is typing in another connection.
    #[event_handler]
    async fn types(event: &Types) -> SomebodyTypes {
        SomebodyTypes {
            name: event.name.clone(),
        }
    }
}

impl From<Present<Status>> for Person {
    fn from(present: Present<Status>) -> Self {
        let status = present.latest.and_then(|Status(said)| said);
        Self {
            name: present.user,
            connections: present.connections as u64,
            status: status.unwrap_or_else(|| "online".to_owned()),
        }
    }
}
