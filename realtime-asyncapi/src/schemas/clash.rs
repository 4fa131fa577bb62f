//! Two Rust types of one schema name.
//!
//! The generator tells such types apart by numbering the second one it meets, `User2`: a name that depends on the
//! order of use, so that mounting a consumer elsewhere would rename public types. We refuse instead.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{Direction, walk};
use crate::DocumentError;
use crate::spec::SchemaFn;

/// A place where a type is used, and how to name it to the author.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) place: String,
    pub(crate) schema: SchemaFn,
}

/// Refuses two types of one name, of which the document needs at least one, whatever the order of use.
///
/// Types that are taken apart and do not appear, such as an enum whose variants are messages, may share a name.
pub(crate) fn refuse(
    direction: Direction,
    uses: &[Use],
    needed: &BTreeSet<String>,
) -> Result<(), DocumentError> {
    let names = names(&mut direction.generator(), uses);
    for name in &names {
        let Some(base) = numbered(name, &names) else {
            continue;
        };
        let appears = needed.contains(base) || needed.contains(name);
        if appears && !is_own_name(name, &names, direction, uses) {
            return Err(DocumentError::SchemaName {
                name: base.to_owned(),
                first: first_use(base, direction, uses),
                second: first_use(name, direction, uses),
            });
        }
    }
    Ok(())
}

fn names(generator: &mut SchemaGenerator, uses: &[Use]) -> BTreeSet<String> {
    for used in uses {
        (used.schema)(generator);
    }
    generator.definitions().keys().cloned().collect()
}

/// `User` for `User2`, where there is a `User` as well: the only form in which the generator tells types apart.
fn numbered<'a>(name: &'a str, names: &BTreeSet<String>) -> Option<&'a str> {
    // `V12` may be the second `V1` or the twelfth `V`: the digits are split in every way.
    (1..name.len())
        .rev()
        .filter(|&at| name.is_char_boundary(at))
        .map(|at| name.split_at(at))
        .take_while(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()))
        .find(|(base, number)| !number.starts_with('0') && *number != "1" && names.contains(*base))
        .map(|(base, _)| base)
}

/// Whether a type is really called `name`, instead of having been given the number.
///
/// The generator does not tell, so the name is taken away beforehand: a type that is really called `User2` becomes
/// `User22`, and a second `User` becomes `User3`.
fn is_own_name(name: &str, before: &BTreeSet<String>, direction: Direction, uses: &[Use]) -> bool {
    let mut generator = direction.generator();
    RESERVED.with_borrow_mut(|reserved| name.clone_into(reserved));
    generator.subschema_for::<Reserved>();
    names(&mut generator, uses)
        .difference(before)
        .any(|new| new.len() > name.len() && new.starts_with(name))
}

/// The first place, in order, from which a name is reached.
fn first_use(name: &str, direction: Direction, uses: &[Use]) -> String {
    let mut generator = direction.generator();
    for used in uses {
        let schema = (used.schema)(&mut generator).to_value();
        if walk::reachable([&schema], generator.definitions()).contains(name) {
            return used.place.clone();
        }
    }
    String::new()
}

thread_local! {
    static RESERVED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A type whose name is chosen at run time, to take that name away from others.
struct Reserved;

impl JsonSchema for Reserved {
    fn schema_name() -> Cow<'static, str> {
        RESERVED.with_borrow(|name| Cow::Owned(name.clone()))
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Reserved").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        false.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod first {
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code)]
        pub(crate) struct User {
            id: u32,
        }
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code)]
        pub(crate) struct Team {
            lead: User,
        }
    }

    mod second {
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code)]
        pub(crate) struct User {
            name: String,
        }
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code)]
        pub(crate) struct User2;
    }

    fn used<T: JsonSchema>(place: &str) -> Use {
        Use {
            place: place.to_owned(),
            schema: SchemaGenerator::subschema_for::<T>,
        }
    }

    fn refuse_all(uses: &[Use]) -> Result<(), DocumentError> {
        let needed = names(&mut Direction::Inbound.generator(), uses);
        refuse(Direction::Inbound, uses, &needed)
    }

    fn every_order(uses: [Use; 3]) -> Vec<Vec<Use>> {
        let [a, b, c] = uses;
        let mut orders = Vec::new();
        for mut order in [vec![a.clone(), b.clone(), c.clone()], vec![c, b, a]] {
            for _ in 0..order.len() {
                order.rotate_left(1);
                orders.push(order.clone());
            }
        }
        orders
    }

    #[test]
    fn the_error_names_both_places() {
        let error = refuse_all(&[used::<first::Team>("a"), used::<second::User>("b")]).unwrap_err();
        let expected = DocumentError::SchemaName {
            name: "User".into(),
            first: "a".into(),
            second: "b".into(),
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn two_types_of_one_name_are_refused_in_every_order() {
        let uses = [
            used::<first::User>("a"),
            used::<second::User>("b"),
            used::<second::User2>("c"),
        ];
        for order in every_order(uses) {
            assert!(refuse_all(&order).is_err());
        }
    }

    #[test]
    fn a_type_may_be_called_like_a_numbered_one() {
        let uses = [
            used::<first::User>("a"),
            used::<second::User2>("b"),
            used::<first::Team>("c"),
        ];
        for order in every_order(uses) {
            assert_eq!(refuse_all(&order), Ok(()));
        }
    }

    #[test]
    fn types_that_do_not_appear_may_share_a_name() {
        let uses = [used::<first::User>("a"), used::<second::User>("b")];
        assert_eq!(refuse(Direction::Inbound, &uses, &BTreeSet::new()), Ok(()));
    }
}
