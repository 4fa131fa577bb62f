//! The notifications example.
fn main() {}
