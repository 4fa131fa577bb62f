//! Two nodes of an application on one Redis.

use realtime_redis::Redis;
use realtime_runtime::{PublishError, prelude::*};
use realtime_testing::TestApp;

use crate::support::{Server, within_2_s};

#[message(action = "said")]
pub(crate) struct Said {
    pub(crate) text: String,
}

pub(crate) struct Room;

impl Room {
    fn all() -> Group<Self> {
        Group::new(["all"])
    }
}

#[consumer]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Self::all()).await?;
        Ok(Self)
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }
}

async fn node(server: &Server) -> (Realtime, TestApp) {
    let redis = Redis::connect(&server.url()).await.unwrap();
    let builder = Realtime::builder().consumer::<Room>("/ws").layer(redis);
    let realtime = builder.build().unwrap();
    let app = TestApp::new(&realtime);
    (realtime, app)
}

fn said(number: usize) -> Said {
    let text = number.to_string();
    Said { text }
}

#[tokio::test]
async fn members_on_both_nodes_hear_everything_once_and_in_order() {
    let server = Server::start().await;
    let ((one, here), (_two, there)) = (node(&server).await, node(&server).await);
    let mut ann = here.connect("/ws").await.unwrap();
    let mut ben = there.connect("/ws").await.unwrap();
    for number in 0..200 {
        Room::all().send(&one.layer(), said(number)).await.unwrap();
    }
    for number in 0..200 {
        assert_eq!(ann.next::<Said>().await, said(number));
        assert_eq!(ben.next::<Said>().await, said(number));
    }
}

#[tokio::test]
async fn with_redis_gone_those_of_the_publishers_node_are_served_and_it_is_told() {
    let mut server = Server::start().await;
    let (one, here) = node(&server).await;
    let mut ann = here.connect("/ws").await.unwrap();
    server.kill();
    let layer = one.layer();
    let all = Room::all();
    let sent = within_2_s(all.send(&layer, said(1))).await;
    assert_eq!(sent, Err(PublishError::Unavailable));
    assert_eq!(ann.next::<Said>().await, said(1));
    // Who comes now is served as well.
    let mut ben = here.connect("/ws").await.unwrap();
    let sent = within_2_s(all.send(&layer, said(2))).await;
    assert_eq!(sent, Err(PublishError::Unavailable));
    assert_eq!(ben.next::<Said>().await, said(2));
}
