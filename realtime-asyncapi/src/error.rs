/// Why no document could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Two Rust types have the same schema name.
    #[error(
        "two types are both called `{name}` in the document: one is used by {first}, another by {second}; \
         rename one of them with #[schemars(rename = \"…\")]"
    )]
    SchemaName {
        /// The name that both have.
        name: String,
        /// The first use, in the document's order.
        first: String,
        /// The first use of the other type.
        second: String,
    },
}
