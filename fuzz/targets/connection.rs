//! A whole connection, from the first byte of its request.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| realtime_runtime::fuzz::connection(bytes));
