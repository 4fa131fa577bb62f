//! What is measured is really done: all programs give the same answer, and it is the right one.

use bench_micro::{
    by_hand, expert,
    messages::{Place, frames},
    ours::Connection,
};
use serde_json::Value;

/// The text of one WebSocket text frame that has just its length.
fn text(frame: &[u8]) -> &str {
    let (payload, length) = match *frame {
        [0x81, 127, ..] => {
            let length = u64::from_be_bytes(frame[2..10].try_into().unwrap());
            (&frame[10..], length)
        }
        [0x81, 126, high, low, ..] => (&frame[4..], u16::from_be_bytes([high, low]).into()),
        [0x81, length @ 0..=125, ..] => (&frame[2..], length.into()),
        _ => panic!("no text frame: {frame:?}"),
    };
    assert_eq!(payload.len() as u64, length);
    std::str::from_utf8(payload).unwrap()
}

fn by_hand(frame: &str) -> Vec<u8> {
    let mut out = Vec::new();
    by_hand::answer(frame, &mut out).unwrap();
    out
}

const SIZES: [usize; 3] = [100, 4096, 70_000];
const PLACES: [Place; 2] = [Place::First, Place::Last];

#[test]
fn frames_have_their_size_and_each_its_own_tag() {
    for size in SIZES {
        for place in PLACES {
            let frames = frames(size, place);
            assert_eq!(frames.len(), 20);
            let mut tags = Vec::new();
            for frame in &frames {
                assert!((size - 1..=size).contains(&frame.len()), "{frame}");
                let value: Value = serde_json::from_str(frame).unwrap();
                tags.push(value["action"].as_str().unwrap().to_owned());
            }
            tags.sort();
            tags.dedup();
            assert_eq!(tags.len(), 20);
        }
    }
}

#[test]
fn all_three_answer_alike() {
    let mut connection = Connection::new();
    for size in SIZES {
        for place in PLACES {
            for frame in frames(size, place) {
                let ours = connection.answer(&frame).to_vec();
                assert_eq!(ours, by_hand(&frame), "{frame}");
                assert_eq!(text(&ours), expert::answer(&frame).unwrap(), "{frame}");
            }
        }
    }
}

#[test]
fn an_answer_has_the_payload_of_its_frame_under_another_tag() {
    let mut connection = Connection::new();
    for frame in frames(100, Place::First) {
        let asked: Value = serde_json::from_str(&frame).unwrap();
        let answer: Value = serde_json::from_str(text(connection.answer(&frame))).unwrap();
        assert_eq!(answer["payload"], asked["payload"]);
        assert_ne!(answer["action"], asked["action"]);
    }
}

#[test]
fn ours_and_the_one_by_hand_echo_a_ref() {
    let mut connection = Connection::new();
    for reference in [r#""a \"b\"""#, "7", "-7"] {
        for frame in [
            format!(
                r#"{{"action":"chat","ref":{reference},"payload":{{"message":"hi","seq":1}}}}"#
            ),
            format!(
                r#"{{"payload":{{"message":"hi","seq":1}},"ref":{reference},"action":"chat"}}"#
            ),
        ] {
            let ours = connection.answer(&frame).to_vec();
            let expected = format!(
                r#"{{"action":"chat_echo","payload":{{"message":"hi","seq":1}},"ref":{reference}}}"#
            );
            assert_eq!(text(&ours), expected);
            assert_eq!(ours, by_hand(&frame));
        }
    }
}

#[test]
fn none_takes_what_is_no_message() {
    let mut connection = Connection::new();
    for bad in [
        r#"{"action":"nobody_takes","payload":{}}"#,
        r#"{"action":"chat","payload":{"message":7,"seq":1}}"#,
        r#"{"action":"chat","payload":{"message":"hi","seq":-1}}"#,
        r#"{"action":"chat"}"#,
        r#"{"payload":{}}"#,
        r#"{"action":"chat","payload":{"message":"hi","seq":1}"#,
        r#"{"action":"chat","payload":{"message":"hi","seq":1}} {}"#,
        "[]",
    ] {
        let answer: Value = serde_json::from_str(text(connection.answer(bad))).unwrap();
        assert_eq!(answer["action"], "error", "{bad}");
        assert!(by_hand::answer(bad, &mut Vec::new()).is_err(), "{bad}");
        assert!(expert::answer(bad).is_err(), "{bad}");
    }
}
