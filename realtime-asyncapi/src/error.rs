use crate::check::Finding;

/// Why no document could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Two Rust types have the same schema name.
    #[error(
        "two types are both called `{name}` in the document: one is used by {first}, the other by {second}; \
         rename one of them with `#[schemars(rename = \"…\")]`, and a generic type for each of its arguments with \
         `#[schemars(rename = \"{name}Of{{T}}\")]`"
    )]
    SchemaName {
        /// The name that both have.
        name: String,
        /// The first use, in the document's order.
        first: String,
        /// The first use of the other type.
        second: String,
    },
    /// What is received as a type differs from what is sent, and the name for the former is taken.
    #[error(
        "`{name}` reads differently than it is written, so what is read is called `{input}` in the document, but \
         another type has that name; rename one of them with `#[schemars(rename = \"…\")]`"
    )]
    InputName {
        /// The name of the type.
        name: String,
        /// The name that its inbound schema would get.
        input: String,
    },
    /// A schema's name has characters that no component key may have.
    #[error(
        "the schema name `{name}` has characters other than letters, digits, `.`, `_` and `-`; \
         rename the type with `#[schemars(rename = \"…\")]`"
    )]
    SchemaKey {
        /// The name.
        name: String,
    },
    /// Two messages that go the same way in one channel have the same tag and differ.
    #[error(
        "consumer `{consumer}`: two messages have the tag `{tag}`, `{first}` and `{second}`, \
         and a {reader} could not tell them apart"
    )]
    Tag {
        /// The consumer.
        consumer: String,
        /// The tag that both have.
        tag: String,
        /// The name of the first.
        first: String,
        /// The name of the second.
        second: String,
        /// `client` or `server`: who would be at a loss.
        reader: &'static str,
    },
    /// A message has the tag of a frame that the framework sends.
    #[error(
        "consumer `{consumer}`: `{name}` has the tag `{tag}`, which is one of the framework's own frames"
    )]
    ReservedTag {
        /// The consumer.
        consumer: String,
        /// The name of the message.
        name: String,
        /// The tag.
        tag: String,
    },
    /// A message has a field where the envelope has one of its own.
    #[error(
        "consumer `{consumer}`: message `{tag}` has a field `{field}`, which belongs to the envelope; rename it"
    )]
    ReservedField {
        /// The consumer.
        consumer: String,
        /// The tag of the message.
        tag: String,
        /// The field.
        field: &'static str,
    },
    /// The schema of an enum has no branch for one of its messages.
    #[error(
        "consumer `{consumer}`: no branch of the enum's schema has a property `{key}` that is always `{tag}`; \
         the enum needs `#[serde(tag = \"{key}\")]`, for the schema as for serde"
    )]
    NoVariant {
        /// The consumer.
        consumer: String,
        /// The tag of the message.
        tag: String,
        /// The key of the tag.
        key: &'static str,
    },
    /// An example of a message is not what the message would be on the wire.
    #[error("consumer `{consumer}`: an example of `{tag}` {reason}; mend the `#[example(…)]`")]
    Example {
        /// The consumer.
        consumer: String,
        /// The tag of the message.
        tag: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The type of the path or query parameters is no struct with named fields.
    #[error(
        "consumer `{consumer}`: the type of its {part} parameters must be a struct with named fields"
    )]
    NotAnObject {
        /// The consumer.
        consumer: String,
        /// `path` or `query`.
        part: &'static str,
    },
    /// An address and the type of its path parameters do not agree.
    #[error(
        "consumer `{consumer}`: `{address}` and the type of its path parameters disagree about `{parameter}`"
    )]
    PathParameter {
        /// The consumer.
        consumer: String,
        /// The address.
        address: String,
        /// What only one of them has.
        parameter: String,
    },
    /// Two operations, or two servers, would have the same key.
    #[error("two {kind} are both called `{key}`")]
    DuplicateKey {
        /// `operations` or `servers`.
        kind: &'static str,
        /// The key.
        key: String,
    },
    /// The finished document breaks rules of the specification.
    #[error("the document breaks rules of AsyncAPI 3.0.0:{}", list(findings))]
    Findings {
        /// The rules that are broken, and where.
        findings: Vec<Finding>,
    },
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|finding| format!("\n- {finding}"))
        .collect()
}
