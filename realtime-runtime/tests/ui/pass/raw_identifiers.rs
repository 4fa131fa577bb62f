//! Names that are keywords.

use realtime_runtime::prelude::*;

#[message(action = "move")]
struct Move {
    r#type: String,
}

#[message(type = "loop")]
#[allow(non_camel_case_types)]
struct r#loop {
    r#as: String,
}

struct Room;

#[consumer]
impl Room {
    #[on_connect]
    async fn r#use(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn r#move(r#in: Move) {
        drop(r#in.r#type);
    }

    #[event_handler]
    async fn r#match(r#ref: &r#loop) {
        let _ = &r#ref.r#as;
    }

    #[on_disconnect]
    async fn r#break(&mut self) {}
}

fn main() {
    let description = <Room as Consumer>::describe();
    assert_eq!(description.receives[0].name, "move");
    assert_eq!(<r#loop as Message>::describe()[0].name, "loop");
}
