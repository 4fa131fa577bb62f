//! Shared handlers may be named as anything, arguments of generated functions included.

use futures_util::stream::{self, Stream};
use realtime_runtime::prelude::*;

#[message(action = "a")]
pub struct A;
#[message(action = "b")]
pub struct B;
#[message(action = "c")]
pub struct C;

pub struct Allowed;

impl<T: Consumer> HandlerPermission<T, A> for Allowed {
    type Granted = u32;

    async fn check(_: &A, _: &mut Context<'_, T>) -> Result<u32, Error> {
        Ok(1)
    }
}

#[ws_handler(shared, permission = Allowed)]
pub async fn granted<T: Consumer>(_: &mut T, message: A, granted: u32) -> B {
    let _ = (message, granted);
    B
}

#[ws_handler(shared, spawn)]
pub async fn cx<T: Consumer>(_: B, _: OwnedContext<T>) -> Result<B, Error> {
    Ok(B)
}

#[ws_handler(shared)]
pub async fn message<T: Consumer>(_: &mut T, _: C) -> impl Stream<Item = B> + use<T> {
    stream::iter([B])
}

#[event_handler(shared)]
pub async fn event<T: Consumer>(_: &mut T, event: &B) -> B {
    event.clone()
}

#[event_handler(shared)]
pub async fn consumer(event: &A) -> A {
    event.clone()
}

pub struct Made;

#[consumer(ws_handlers(granted, cx, message), event_handlers(event, consumer))]
impl Made {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

fn main() {}
