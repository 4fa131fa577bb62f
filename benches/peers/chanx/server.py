"""The job as Chanx does it on FastAPI: one consumer, an in-memory channel layer, uvicorn."""

import argparse
import asyncio
import logging
import socket
from typing import Any, Literal

import structlog
import uvicorn
from chanx.core.decorators import ws_handler
from chanx.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages.base import BaseMessage
from fast_channels.layers import InMemoryChannelLayer, register_channel_layer
from fastapi import FastAPI
from pydantic import BaseModel, create_model
from starlette.routing import WebSocketRoute

# It would write a line for each connection that ends; the other servers write none.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
# The layer that its documentation begins with; the one on Redis costs less for each delivery of a large group only.
register_channel_layer("memory", InMemoryChannelLayer())


class Said(BaseModel):
    message: str
    seq: int


class ChatMessage(BaseMessage):
    action: Literal["chat"] = "chat"
    payload: Said


class ChatEchoMessage(BaseMessage):
    action: Literal["chat_echo"] = "chat_echo"
    payload: Said


class BroadcastMessage(BaseMessage):
    action: Literal["broadcast"] = "broadcast"
    payload: Said


class RoomMessage(BaseMessage):
    action: Literal["room_message"] = "room_message"
    payload: Said


# The eighteen others: a message, its answer, and the payload of both.
OTHERS: dict[tuple[str, str], dict[str, Any]] = {
    ("typing", "typing_seen"): {"room": str, "typing": bool},
    ("read", "read_up_to"): {"room": str, "seq": int},
    ("edit", "edited"): {"seq": int, "message": str},
    ("delete", "deleted"): {"seq": int},
    ("react", "reacted"): {"seq": int, "emoji": str},
    ("pin", "pinned"): {"seq": int, "pinned": bool},
    ("invite", "invited"): {"room": str, "users": list[str]},
    ("leave", "left"): {"room": str, "reason": str | None},
    ("rename", "renamed"): {"room": str, "name": str},
    ("topic", "topic_set"): {"room": str, "topic": str},
    ("status", "status_set"): {"text": str, "until": int | None},
    ("draft", "draft_saved"): {"room": str, "message": str},
    ("search", "found"): {"query": str, "limit": int},
    ("mention", "mentioned"): {"user": str, "seq": int},
    ("vote", "voted"): {"poll": int, "choices": list[int]},
    ("mute", "muted"): {"user": str, "minutes": int},
    ("report", "reported"): {"seq": int, "reason": str},
    ("locate", "located"): {"latitude": float, "longitude": float},
}


def message(action: str, payload: type[BaseModel]) -> type[BaseMessage]:
    name = "".join(part.title() for part in action.split("_")) + "Message"
    return create_model(name, __base__=BaseMessage, action=(Literal[action], action), payload=(payload, ...))


def handler(asked: str, answered: str, fields: dict[str, Any]) -> Any:
    payload = create_model(asked.title(), **{name: (kind, ...) for name, kind in fields.items()})
    asks, answers = message(asked, payload), message(answered, payload)

    async def handle(self: Any, message: Any) -> Any:
        return answers(payload=message.payload)

    handle.__name__ = f"handle_{asked}"
    return ws_handler(input_type=asks, output_type=answers)(handle)


class Room(AsyncJsonWebsocketConsumer):
    channel_layer_alias = "memory"
    groups = ["room"]

    @ws_handler
    async def chat(self, message: ChatMessage) -> ChatEchoMessage:
        return ChatEchoMessage(payload=message.payload)

    @ws_handler(output_type=RoomMessage)
    async def broadcast(self, message: BroadcastMessage) -> None:
        await self.broadcast_message(RoomMessage(payload=message.payload))

    for (asked, answered), fields in OTHERS.items():
        vars()[f"handle_{asked}"] = handler(asked, answered, fields)


# `app.add_websocket_route`, which its documentation has, is gone from this FastAPI; it did the same.
app = FastAPI(routes=[WebSocketRoute("/ws", Room.as_asgi())])


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--addr", default="127.0.0.1:9002")
    host, port = parser.parse_args().addr.rsplit(":", 1)
    listener = socket.create_server((host, int(port)), backlog=2048)
    host, port = listener.getsockname()[:2]
    print(f"listening on ws://{host}:{port}/ws", flush=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    await uvicorn.Server(config).serve(sockets=[listener])


asyncio.run(main())
