//! The schema of a whole frame: tag, payload and `ref`.

use serde_json::{Map, Value, json};

use super::Schemas;
use crate::spec::{BodySpec, FrameForm, MessageSpec};
use crate::{DocumentError, names};

/// The key of the correlation identifier in every frame that has one.
pub(crate) const REF_KEY: &str = "ref";
/// The key of the payload in the adjacent form.
pub(crate) const PAYLOAD_KEY: &str = "payload";

const REF_DESCRIPTION: &str = "A string of at most 64 bytes, or an integer, chosen by the client; \
    a frame that answers another carries its `ref`.";

/// Keywords of an object schema that mean the same once the tag has joined the properties.
const MERGEABLE: [&str; 9] = [
    "additionalProperties",
    "default",
    "deprecated",
    "description",
    "examples",
    "properties",
    "required",
    "title",
    "type",
];

/// An object schema in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    properties: Map<String, Value>,
    required: Vec<Value>,
    /// The other keywords.
    keywords: Map<String, Value>,
}

impl Frame {
    /// A frame with the tag and nothing else.
    pub(crate) fn new(form: FrameForm, tag: &str) -> Self {
        Self::default().tagged(form.tag_key(), tag)
    }

    /// Takes an object schema apart.
    fn of(schema: &Map<String, Value>) -> Self {
        let mut frame = Self {
            keywords: schema.clone(),
            ..Self::default()
        };
        if let Some(Value::Object(properties)) = frame.keywords.remove("properties") {
            frame.properties = properties;
        }
        if let Some(Value::Array(required)) = frame.keywords.remove("required") {
            frame.required = required;
        }
        frame
    }

    fn tagged(mut self, key: &str, tag: &str) -> Self {
        self.properties
            .insert(key.to_owned(), json!({"type": "string", "const": tag}));
        self.required.insert(0, json!(key));
        self
    }

    /// Adds a property that every such frame has.
    pub(crate) fn require(&mut self, key: &str, schema: Value) {
        self.allow(key, schema);
        self.required.push(json!(key));
    }

    /// Adds a property that such a frame may have.
    pub(crate) fn allow(&mut self, key: &str, schema: Value) {
        self.properties.insert(key.to_owned(), schema);
    }

    /// Adds the optional correlation identifier.
    pub(crate) fn allow_ref(&mut self) {
        // One schema with two types instead of a `oneOf`: the length is only looked at for strings.
        let schema = json!({
            "description": REF_DESCRIPTION,
            "type": ["string", "integer"],
            "maxLength": 64,
        });
        self.allow(REF_KEY, schema);
    }

    /// Names the frame, so that generators need not make up a name; apart from the payload's, which is a component.
    pub(crate) fn name(&mut self, name: &str) {
        self.keywords.insert(
            "title".to_owned(),
            json!(format!("{}Frame", names::upper_camel(name))),
        );
    }

    /// The schema.
    pub(crate) fn into_value(self) -> Value {
        let mut schema = self.keywords;
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Value::Object(self.properties));
        schema.insert("required".to_owned(), Value::Array(self.required));
        Value::Object(schema)
    }
}

/// Builds the frames of one channel's one direction.
#[derive(Debug)]
pub(crate) struct Frames<'a> {
    pub(crate) schemas: &'a mut Schemas,
    pub(crate) form: FrameForm,
    pub(crate) consumer: &'a str,
}

impl Frames<'_> {
    /// The schema of a message's frame.
    pub(crate) fn frame(
        &mut self,
        message: &MessageSpec,
        carries_ref: bool,
    ) -> Result<Value, DocumentError> {
        let mut frame = match message.body {
            BodySpec::Empty => Frame::new(self.form, message.tag),
            BodySpec::Payload(schema) => {
                let schema = self.schemas.schema(schema);
                match self.form {
                    FrameForm::Adjacent => {
                        let mut frame = Frame::new(self.form, message.tag);
                        frame.require(PAYLOAD_KEY, schema);
                        frame
                    }
                    FrameForm::Flat => self.flat(message, &schema)?,
                }
            }
            BodySpec::Variant(schema) => {
                let whole = self.schemas.schema(schema);
                self.variant(message, &whole)?
            }
        };
        if frame.properties.contains_key(REF_KEY) {
            return Err(self.reserved_field(message, REF_KEY));
        }
        if carries_ref {
            frame.allow_ref();
        }
        if message.summary.is_some() {
            // The message says it already.
            frame.keywords.remove("description");
        }
        if message.deprecated {
            frame.keywords.insert("deprecated".to_owned(), json!(true));
        }
        frame.name(message.name);
        Ok(frame.into_value())
    }

    /// The fields of a struct beside the tag.
    fn flat(&self, message: &MessageSpec, schema: &Value) -> Result<Frame, DocumentError> {
        let key = self.form.tag_key();
        let body = self.schemas.resolve(schema);
        if body.get("type").is_some_and(|kind| kind == "null") {
            // A unit struct has no fields to stand beside the tag.
            return Ok(Frame::new(self.form, message.tag));
        }
        let Some(body) = plain_object(body) else {
            let mut frame = Frame::new(self.form, message.tag);
            frame.keywords.insert("allOf".to_owned(), json!([schema]));
            return Ok(frame);
        };
        if body.properties.contains_key(key) {
            return Err(self.reserved_field(message, key));
        }
        Ok(with_tag(body, key, message.tag))
    }

    /// The branch of an enum's schema whose tag is the message's.
    fn variant(&self, message: &MessageSpec, whole: &Value) -> Result<Frame, DocumentError> {
        let (key, tag) = (self.form.tag_key(), message.tag);
        let branch = self
            .branch(whole, tag)
            .ok_or_else(|| DocumentError::NoVariant {
                tag: tag.to_owned(),
                consumer: self.consumer.to_owned(),
                key,
            })?;
        // A newtype variant in the flat form refers to its struct; where that is a plain object, its fields can stand
        // in the frame, so that `additionalProperties: false` of the struct does not forbid the tag.
        if self.form == FrameForm::Flat
            && let Some([inner]) = branch
                .get("allOf")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
            && let Some(mut inner) = plain_object(self.schemas.resolve(inner))
            && branch
                .get("properties")
                .and_then(Value::as_object)
                .is_some_and(|own| own.len() == 1)
        {
            for keyword in ["description", "deprecated"] {
                inner.keywords.remove(keyword);
                inner.keywords.extend(
                    branch
                        .get(keyword)
                        .map(|value| (keyword.to_owned(), value.clone())),
                );
            }
            return Ok(with_tag(inner, key, tag));
        }
        let mut frame = Frame::of(branch);
        if let Some(Value::Object(fields)) = frame.properties.get_mut(PAYLOAD_KEY)
            && self.form == FrameForm::Adjacent
            && fields.contains_key("properties")
        {
            // The fields of a variant are a type without a name.
            fields
                .entry("title")
                .or_insert_with(|| json!(names::upper_camel(message.name)));
        }
        Ok(frame)
    }

    fn branch<'a>(&'a self, whole: &'a Value, tag: &str) -> Option<&'a Map<String, Value>> {
        let whole = self.schemas.resolve(whole).as_object()?;
        let has_tag = |branch: &&Map<String, Value>| {
            let tag_schema = branch
                .get("properties")
                .and_then(|all| all.get(self.form.tag_key()));
            tag_schema.is_some_and(|schema| {
                schema.get("const").is_some_and(|value| value == tag)
                    || schema
                        .get("enum")
                        .is_some_and(|values| *values == json!([tag]))
            })
        };
        ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|keyword| whole.get(keyword)?.as_array())
            .flatten()
            .filter_map(|branch| self.schemas.resolve(branch).as_object())
            .chain([whole])
            .find(has_tag)
    }

    fn reserved_field(&self, message: &MessageSpec, field: &'static str) -> DocumentError {
        DocumentError::ReservedField {
            tag: message.tag.to_owned(),
            consumer: self.consumer.to_owned(),
            field,
        }
    }
}

/// The schema, where it is an object whose fields are all in `properties`.
fn plain_object(schema: &Value) -> Option<Frame> {
    let object = schema.as_object()?;
    let is_object = object.get("type").is_some_and(|kind| kind == "object");
    let plain = is_object
        && object
            .keys()
            .all(|keyword| MERGEABLE.contains(&keyword.as_str()));
    plain.then(|| Frame::of(object))
}

fn with_tag(mut body: Frame, key: &str, tag: &str) -> Frame {
    // A default stands for a missing value, and a frame is never missing.
    body.keywords.remove("default");
    if let Some(Value::Array(examples)) = body.keywords.get_mut("examples") {
        for example in examples.iter_mut().filter_map(Value::as_object_mut) {
            example.insert(key.to_owned(), json!(tag));
        }
    }
    body.tagged(key, tag)
}
