//! A consumer that only echoes.

use std::any::Any;

use realtime_runtime::{
    Description, Incoming, Unused,
    auth::Anyone,
    message::Action,
    prelude::*,
    wire::{Body, FieldError, Fields},
};
use serde::de::{Error as _, MapAccess};

/// Sends back what it hears. It is written by hand: what it sets apart from all others is not for the macros.
pub(crate) struct Echo;

/// It handles no message of its own.
pub(crate) enum Nothing {}

impl Incoming for Nothing {
    type Tag = Action;
    const TAGS: &'static [&'static [&'static str]] = &[];

    fn read<'de, A: MapAccess<'de>>(_: usize, _: Fields<'_, 'de, A>) -> Result<Self, A::Error> {
        Err(A::Error::custom("no message is handled"))
    }

    fn diagnose(_: usize, _: &Body<'_>) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Consumer for Echo {
    const NAME: &'static str = "echo";
    const ECHO: bool = true;
    type Tag = Action;
    type State = ();
    type Auth = Anyone;
    type Permissions = ();
    type Path = Unused;
    type Query = Unused;
    type Incoming = Nothing;

    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    async fn dispatch(&mut self, none: Nothing, _: &mut Context<'_, Self>) -> Result<(), Error> {
        match none {}
    }

    async fn event(
        &mut self,
        _: &(dyn Any + Send + Sync),
        _: &mut Context<'_, Self>,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn disconnect(&mut self, _: &mut Context<'_, Self>) {}

    fn describe() -> Description {
        Description::default()
    }
}
