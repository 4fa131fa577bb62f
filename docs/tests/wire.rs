//! The tables of the wire protocol say what the code says.

use realtime_runtime::{CloseCode, ErrorCode};

const WIRE: &str = include_str!("../src/wire.md");

/// The rows of the table under a header.
fn table(header: &str) -> Vec<&'static str> {
    let (_, below) = WIRE.split_once(header).expect("the table is there");
    below
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

#[test]
fn the_close_codes_are_those_of_the_runtime() {
    let expected: Vec<String> = CloseCode::TABLE
        .iter()
        .map(|row| {
            let again = if row.reconnect { "yes" } else { "no" };
            format!(
                "| {} | `{}` | {} | {again} |",
                row.code, row.name, row.summary
            )
        })
        .collect();
    assert_eq!(
        table("| Code | Name | Meaning | Connect again? |"),
        expected
    );
}

#[test]
fn the_error_codes_are_those_of_the_runtime() {
    let found: Vec<&str> = table("| Code | When |")
        .iter()
        .map(|row| row.split('`').nth(1).expect("a code in backticks"))
        .collect();
    assert_eq!(found, ErrorCode::ALL);
}
