//! Without a word of documentation.

use realtime_runtime::prelude::*;

#[message(type = "say.it")]
pub struct SayIt {
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct What {
    pub text: String,
}

#[message(type = "said.it")]
pub struct SaidIt;

pub struct Bare;

#[consumer(tag = "type")]
impl Bare {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn say_it(_: SayIt) -> SaidIt {
        SaidIt
    }
}
