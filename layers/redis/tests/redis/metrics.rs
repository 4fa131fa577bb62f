//! What is counted.

use metrics_exporter_prometheus::PrometheusBuilder;
use realtime_redis::Redis;
use realtime_runtime::broker::Health;

use crate::support::{Node, Server, begun, over};

#[tokio::test]
async fn messages_errors_gaps_and_reconnects_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // On the one thread of this test, and its tasks: other tests have others.
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mut server = Server::start().await;
    let node = Node::up(Redis::builder(&server.url()).max_message_bytes(10)).await;
    node.subscribe("room").await;
    node.publish("room", "1").await.unwrap();
    node.until_text("room", "1").await;
    node.publish("room", "much too large").await.unwrap_err();
    server.kill();
    node.until_times(1, begun).await;
    node.healthy(Health::Down).await;
    node.publish("room", "2").await.unwrap_err();
    let down = handle.render();
    assert!(down.contains("\nrealtime_redis_up 0\n"), "{down}");
    server.restart().await;
    node.until_times(1, over).await;
    node.healthy(Health::Up).await;
    let up = handle.render();
    for line in [
        "realtime_redis_up 1",
        "realtime_redis_published_total 1",
        "realtime_redis_received_total 1",
        "realtime_redis_publish_errors_total{reason=\"too_large\"} 1",
        "realtime_redis_publish_errors_total{reason=\"unavailable\"} 1",
        "realtime_redis_reconnects_total 1",
        "realtime_redis_gaps_total 1",
    ] {
        assert!(up.lines().any(|is| is == line), "{line}: {up}");
    }
}
