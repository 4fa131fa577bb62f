//! The consumer: everyone is in one group; what is said comes back, what is broadcast goes to all.

use realtime_runtime::prelude::*;

use crate::messages::{
    Broadcast, Chat, ChatEcho, Delete, Deleted, Draft, DraftSaved, Edit, Edited, Found, Invite,
    Invited, Leave, Left, Locate, Located, Mention, Mentioned, Mute, Muted, Pin, Pinned, React,
    Reacted, Read, ReadUpTo, Rename, Renamed, Report, Reported, RoomMessage, Search, Status,
    StatusSet, Topic, TopicSet, Typing, TypingSeen, Vote, Voted,
};

pub(crate) struct Room {
    everyone: Group<Self>,
}

#[consumer(name = "room", groups("room"))]
impl Room {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let everyone = Group::new(["room"]);
        Ok(Self { everyone })
    }

    #[ws_handler]
    async fn chat(&mut self, message: Chat) -> ChatEcho {
        message.into()
    }

    #[ws_handler]
    async fn broadcast(
        &mut self,
        message: Broadcast,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Error> {
        Ok(self.everyone.send(cx, message).await?)
    }

    #[event_handler]
    async fn broadcasted(event: &Broadcast) -> RoomMessage {
        event.clone().into()
    }

    #[ws_handler]
    async fn typing(&mut self, message: Typing) -> TypingSeen {
        message.into()
    }

    #[ws_handler]
    async fn read(&mut self, message: Read) -> ReadUpTo {
        message.into()
    }

    #[ws_handler]
    async fn edit(&mut self, message: Edit) -> Edited {
        message.into()
    }

    #[ws_handler]
    async fn delete(&mut self, message: Delete) -> Deleted {
        message.into()
    }

    #[ws_handler]
    async fn react(&mut self, message: React) -> Reacted {
        message.into()
    }

    #[ws_handler]
    async fn pin(&mut self, message: Pin) -> Pinned {
        message.into()
    }

    #[ws_handler]
    async fn invite(&mut self, message: Invite) -> Invited {
        message.into()
    }

    #[ws_handler]
    async fn leave(&mut self, message: Leave) -> Left {
        message.into()
    }

    #[ws_handler]
    async fn rename(&mut self, message: Rename) -> Renamed {
        message.into()
    }

    #[ws_handler]
    async fn topic(&mut self, message: Topic) -> TopicSet {
        message.into()
    }

    #[ws_handler]
    async fn status(&mut self, message: Status) -> StatusSet {
        message.into()
    }

    #[ws_handler]
    async fn draft(&mut self, message: Draft) -> DraftSaved {
        message.into()
    }

    #[ws_handler]
    async fn search(&mut self, message: Search) -> Found {
        message.into()
    }

    #[ws_handler]
    async fn mention(&mut self, message: Mention) -> Mentioned {
        message.into()
    }

    #[ws_handler]
    async fn vote(&mut self, message: Vote) -> Voted {
        message.into()
    }

    #[ws_handler]
    async fn mute(&mut self, message: Mute) -> Muted {
        message.into()
    }

    #[ws_handler]
    async fn report(&mut self, message: Report) -> Reported {
        message.into()
    }

    #[ws_handler]
    async fn locate(&mut self, message: Locate) -> Located {
        message.into()
    }
}
