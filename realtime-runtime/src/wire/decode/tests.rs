//! The decoder beside serde's own tagged enums: what they take it takes, and reads the same.

mod generate;

use std::collections::HashSet;

use proptest::{collection::vec, option, prelude::*};
use serde_json::Value;

use self::generate::{change, changes, frame, reference, render, value};
use super::{oracle::*, *};
use crate::{message::Type, wire::diagnose::fields};

fn ref_comes_back<I: Incoming>(
    entries: &[(String, Value)],
    style: &[u8],
) -> Result<(), TestCaseError> {
    let (reference, code) = match decode::<I>(&render(entries, style)) {
        Ok(decoded) => (decoded.reference, None),
        Err(refusal) => (refusal.reference, Some(refusal.error.code)),
    };
    let mut keys = HashSet::new();
    let doubled = !entries.iter().all(|(key, _)| keys.insert(key));
    let sent = entries
        .iter()
        .find(|(key, _)| key == "ref")
        .filter(|_| !doubled);
    let valid = sent.and_then(|(_, sent)| serde_json::from_value::<Ref>(sent.clone()).ok());
    prop_assert_eq!(&reference, &valid);
    if sent.is_some() && valid.is_none() {
        prop_assert_eq!(code, Some(Cow::Borrowed("invalid_payload")));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_is_read_as_serdes_adjacently_tagged_enum_reads_it(
        entries in frame(Form::Adjacent),
        style in vec(any::<u8>(), 1..20),
    ) {
        agrees::<InAction, ActionOracle>(&render(&entries, &style));
    }

    #[test]
    fn a_flat_frame_is_read_as_serdes_internally_tagged_enum_reads_it(
        entries in frame(Form::Flat),
        style in vec(any::<u8>(), 1..20),
    ) {
        agrees::<InType, TypeOracle>(&render(&entries, &style));
    }

    #[test]
    fn a_damaged_frame_is_read_or_refused_as_serde_does(
        adjacent in frame(Form::Adjacent),
        flat in frame(Form::Flat),
        style in vec(any::<u8>(), 1..20),
        changes in changes(),
    ) {
        agrees::<InAction, ActionOracle>(&change(&render(&adjacent, &style), &changes));
        agrees::<InType, TypeOracle>(&change(&render(&flat, &style), &changes));
    }

    #[test]
    fn where_the_tag_stands_changes_nothing(
        entries in frame(Form::Adjacent),
        style in vec(any::<u8>(), 1..20),
    ) {
        let mut first = entries;
        first.sort_by_key(|(key, _)| key != "action");
        let mut after_ref = first.clone();
        after_ref.sort_by_key(|(key, _)| key != "ref");
        let mut last = first.clone();
        last.sort_by_key(|(key, _)| key == "action");
        let [first, after_ref, last] = [first, after_ref, last].map(|entries| {
            decode::<InAction>(&render(&entries, &style))
                .map(|decoded| (decoded.message, decoded.reference))
                .map_err(|refusal| (refusal.error, refusal.reference))
        });
        prop_assert_eq!(&first, &after_ref);
        prop_assert_eq!(&first, &last);
    }

    #[test]
    fn the_ref_comes_back_from_what_is_read_and_from_what_is_refused(
        adjacent in frame(Form::Adjacent),
        flat in frame(Form::Flat),
        style in vec(any::<u8>(), 1..20),
    ) {
        ref_comes_back::<InAction>(&adjacent, &style)?;
        ref_comes_back::<InType>(&flat, &style)?;
    }

    #[test]
    fn what_is_encoded_is_read_as_itself(
        text in ".{0,12}",
        times in any::<u32>(),
        loud in any::<bool>(),
        lines in option::of(vec(any::<i64>(), 0..4)),
        any in option::of(value().prop_filter("null is none", |value| !value.is_null())),
        kind in 0..4_u8,
        reference in reference(),
    ) {
        let reference = reference.and_then(|reference| serde_json::from_value::<Ref>(reference).ok());
        let note = lines.map(|lines| Note { lines });
        let left = note.clone().unwrap_or(Note { lines: Vec::new() });
        match kind {
            0 => {
                let say = Say { text: text.clone(), times, loud, note: note.clone(), any: any.clone() };
                comes_back(&InAction::Say(say), reference.as_ref());
                comes_back(&InType::Say(Say { text, times, loud, note, any }), reference.as_ref());
            }
            1 => {
                comes_back(&InAction::Ping, reference.as_ref());
                comes_back(&InType::Ping, reference.as_ref());
            }
            2 => {
                comes_back(&InAction::Enum(Adjacent::Left(left.clone())), reference.as_ref());
                comes_back(&InType::Enum(Flat::Left(left)), reference.as_ref());
            }
            _ => {
                comes_back(&InAction::Enum(Adjacent::Stop), reference.as_ref());
                comes_back(&InType::Enum(Flat::Stop), reference.as_ref());
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..64)) {
        oracle::text(&bytes);
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,64}", json in "[{}\\[\\]\",:\\\\u0-9a-f action]{0,64}") {
        for text in [text, json] {
            agrees::<InAction, ActionOracle>(&text);
            agrees::<InType, TypeOracle>(&text);
        }
    }
}

/// Each `{}` of a frame becomes this many arrays in one another.
fn nested(frame: &str, depth: usize) -> String {
    frame.replace("{}", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)))
}

#[test]
fn nesting_without_end_is_refused_or_ignored() {
    for depth in [100, 126, 127, 128, 129, 1000, 30_000] {
        for frame in [
            r#"{"action":"say","payload":{"text":"a","times":1,"any":{}}}"#,
            r#"{"payload":{"text":"a","times":1,"any":{}},"action":"say"}"#,
            r#"{"action":"say","payload":{"text":{},"times":1}}"#,
            r#"{"action":"say","payload":{}}"#,
            r#"{"action":"left","payload":{}}"#,
            r#"{"payload":{},"action":"left"}"#,
            r#"{"action":{}}"#,
            r#"{"action":"ping","ref":{}}"#,
            r#"{}"#,
        ] {
            let refused = decode::<InAction>(&nested(frame, depth)).err();
            assert!(depth < 127 || refused.is_some(), "{frame} {depth}");
        }
        for frame in [
            r#"{"action":"ping","x":{}}"#,
            r#"{"x":{},"action":"ping"}"#,
            r#"{"action":"ping","payload":{}}"#,
        ] {
            assert!(decode::<InAction>(&nested(frame, depth)).is_ok(), "{frame}");
        }
        for frame in [
            r#"{"type":"say","text":"a","times":1,"any":{}}"#,
            r#"{"any":{},"text":"a","times":1,"type":"say"}"#,
            r#"{"type":"left","lines":{}}"#,
        ] {
            let refused = decode::<InType>(&nested(frame, depth)).err();
            assert!(depth < 128 || refused.is_some(), "{frame} {depth}");
        }
    }
}

fn many_keys() -> String {
    let keys: Vec<_> = (0..10_000).map(|key| format!("\"{key}\":1")).collect();
    keys.join(",")
}

#[test]
fn ten_thousand_unknown_keys_are_ignored_unless_one_comes_twice() {
    let keys = many_keys();
    for frame in [
        format!(r#"{{"action":"ping",{keys}}}"#),
        format!(r#"{{{keys},"action":"ping"}}"#),
    ] {
        assert!(decode::<InAction>(&frame).is_ok());
    }
    let doubled = format!(r#"{{"action":"ping",{keys},"9999":2}}"#);
    let refusal = decode::<InAction>(&doubled).unwrap_err();
    assert_eq!(refusal.error.code, "malformed_json");
}

#[test]
fn ten_thousand_bad_fields_are_not_all_named() {
    struct Only(#[expect(dead_code, reason = "it is never read")] Strict);

    impl Incoming for Only {
        type Tag = Type;
        const TAGS: &'static [&'static [&'static str]] = &[&["strict"]];
        fn read<'de, A: MapAccess<'de>>(
            _: usize,
            fields: Fields<'_, 'de, A>,
        ) -> Result<Self, A::Error> {
            fields.read().map(Self)
        }
        fn diagnose(_: usize, body: &Body<'_>) -> Vec<FieldError> {
            fields::<Strict>(body)
        }
    }

    let frame = format!(r#"{{"type":"strict","ref":1,{}}}"#, many_keys());
    let refusal = decode::<Only>(&frame).err().unwrap();
    assert_eq!(refusal.reference, Some(Ref::from(1)));
    assert!((1..=32).contains(&refusal.error.fields.len()));
}

#[test]
fn a_key_that_stands_twice_is_refused_wherever_it_stands() {
    for frame in [
        r#"{"action":"ping","action":"ping"}"#,
        r#"{"action":"ping","payload":1,"payload":1}"#,
        r#"{"action":"ping","payload":1,"action":"ping"}"#,
        r#"{"payload":1,"action":"ping","payload":1}"#,
        r#"{"payload":1,"action":"ping","action":"ping"}"#,
        r#"{"payload":1,"payload":1,"action":"ping"}"#,
        r#"{"payload":1, "ref":1, "ref":1, "action":"ping"}"#,
        r#"{"ref":1,"action":"ping","payload":1,"ref":1}"#,
        r#"{"action":"ping","x":1,"\u0078":1}"#,
    ] {
        let refusal = decode::<InAction>(frame).unwrap_err();
        assert_eq!(refusal.error.code, "malformed_json", "{frame}");
        agrees::<InAction, ActionOracle>(frame);
    }
}
