//! The text decoder and its diagnosis, beside serde's own tagged enums.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| realtime_runtime::fuzz::text(bytes));
