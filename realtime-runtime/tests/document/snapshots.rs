//! The documents of the zoo, as they were reviewed.

use crate::zoo;

#[test]
fn documents_are_as_reviewed() {
    // "everything" is the others once more.
    for (name, builder) in zoo::all()
        .into_iter()
        .filter(|(name, _)| *name != "everything")
    {
        let document = builder.asyncapi().unwrap();
        insta::assert_snapshot!(name, document.to_json_pretty());
    }
}
