//! A consumer of any store.

use std::marker::PhantomData;

use realtime_runtime::prelude::*;

trait Store: Clone + Send + Sync + 'static {
    fn name(&self) -> String;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }
}

#[message(action = "ask")]
struct Ask;

#[message(action = "answer")]
struct Answer {
    name: String,
}

struct Room<S, const N: usize> {
    store: PhantomData<S>,
}

#[consumer(name = "room", state = S, output(Answer))]
impl<S: Store, const N: usize> Room<S, N>
where
    S: PartialEq,
{
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let name = cx.state().name();
        cx.send(Answer { name }).await?;
        Ok(Self { store: PhantomData })
    }

    #[ws_handler]
    async fn ask(&mut self, _: Ask, cx: &mut Context<'_, Self>) -> Answer {
        Answer { name: cx.state().name().repeat(N) }
    }

    #[event_handler]
    async fn asked(_: &Ask) -> Option<Answer> {
        None
    }
}

impl PartialEq for Memory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn main() {
    let built = Realtime::builder()
        .state(Memory)
        .consumer::<Room<Memory, 2>>("/ws")
        .build();
    assert!(built.is_ok());
}
