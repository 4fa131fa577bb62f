//! The README's consumer and its test, as they stand there.

#[allow(
    dead_code,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unused_async,
    reason = "a program as a newcomer writes it"
)]
mod program {
    include!(concat!(env!("OUT_DIR"), "/readme.rs"));
}

const README: &str = include_str!("../../README.md");

#[test]
fn the_consumer_has_at_most_forty_lines() {
    let block = README
        .split("```")
        .find_map(|part| part.strip_prefix("rust\n"))
        .unwrap();
    assert!(block.contains("#[consumer]"));
    assert!(block.lines().count() <= 40, "{}", block.lines().count());
}
