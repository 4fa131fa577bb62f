//! What there is in a test alone, as a type.

/// A part of all that only a test, or a consumer with completion frames, makes.
#[cfg(not(realtime_bare))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present;

/// There is none, so that the compiler leaves out whatever would need one: what remains is a server that has never heard
/// of tests. `cargo xtask bench --peer bare` measures it, nothing else can use it.
#[cfg(realtime_bare)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Present {}

impl Present {
    #[cfg(not(realtime_bare))]
    pub(crate) fn new() -> Self {
        Self
    }

    #[cfg(realtime_bare)]
    pub(crate) fn new() -> Self {
        panic!("nothing can be waited for with `--cfg realtime_bare`")
    }
}
