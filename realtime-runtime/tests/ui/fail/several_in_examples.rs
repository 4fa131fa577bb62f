use realtime_runtime::prelude::*;

#[message(action = "a")]
#[example]
pub struct A {
    text: String,
}

#[message(action = "b")]
#[example("a summary", "another", B { text: String::new() })]
pub struct B {
    text: String,
}

#[message(action = "c")]
#[example()]
pub struct C {
    text: String,
}

#[message(action = "d")]
#[example(D { text: })]
pub struct D {
    text: String,
}

fn main() {}
