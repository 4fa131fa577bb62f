//! The decoder of frames, on a stream that is cut anywhere.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| realtime_runtime::fuzz::frames(bytes));
