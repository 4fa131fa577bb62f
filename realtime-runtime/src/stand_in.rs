//! What stands in for code with mistakes, which are reported already: nothing of it ever runs.

use std::{borrow::Cow, convert::Infallible, fmt, marker::PhantomData};

use realtime_asyncapi::spec::MessageSpec;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess},
};

use crate::{
    consumer::Incoming,
    message::{Message, Shape, TagKey},
    wire::{Body, FieldError, Fields},
};

/// The messages of a consumer whose block has mistakes: none.
pub struct Nothing<T>(Infallible, PhantomData<fn() -> T>);

impl<T: TagKey> Incoming for Nothing<T> {
    type Tag = T;
    const TAGS: &'static [&'static [&'static str]] = &[];

    fn read<'de, A: MapAccess<'de>>(
        _: usize,
        fields: Fields<'_, 'de, A>,
    ) -> Result<Self, A::Error> {
        Err(fields.unknown())
    }

    fn diagnose(_: usize, _: &Body<'_>) -> Vec<FieldError> {
        Vec::new()
    }
}

impl<T> fmt::Debug for Nothing<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

/// The message or event of the shared handler `F`, which has mistakes.
pub struct Unknown<F, T>(Infallible, PhantomData<fn() -> (F, T)>);

impl<F, T> fmt::Debug for Unknown<F, T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl<F, T> Serialize for Unknown<F, T> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match self.0 {}
    }
}

impl<'de, F, T> Deserialize<'de> for Unknown<F, T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("its handler has mistakes"))
    }
}

impl<F, T> JsonSchema for Unknown<F, T> {
    fn schema_name() -> Cow<'static, str> {
        "Unknown".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        false.into()
    }
}

impl<F: 'static, T: TagKey> Message for Unknown<F, T> {
    type Tag = T;
    const TAGS: &'static [&'static str] = &[];
    const SHAPE: Shape = Shape::Unit;
    const HEAD: &'static str = "";

    fn describe() -> Vec<MessageSpec> {
        Vec::new()
    }
}
