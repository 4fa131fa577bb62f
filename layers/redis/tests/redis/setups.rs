//! The ways to set Redis up: TLS, passwords, sentinels, a cluster.

use std::{fs, path::Path, sync::Arc, time::Duration};

use futures_util::future::join_all;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use realtime_redis::{ConnectError, Redis};
use realtime_runtime::broker::{Arrival, Broker, BrokerError, Gap, Health};

use crate::support::{Cluster, Node, Server, begun, eventually, free_port, over, within_2_s};

#[tokio::test]
async fn over_tls_with_a_certificate_on_both_sides() {
    let mut authority = CertificateParams::default();
    // Another name than theirs, or theirs look as if they had signed themselves.
    authority
        .distinguished_name
        .push(DnType::CommonName, "authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (
            params.signed_by(&key, &authority).unwrap().pem(),
            key.serialize_pem(),
        )
    };
    let port = free_port();
    let prepare = |folder: &Path| {
        let (certificate, key) = issue("127.0.0.1");
        for (name, pem) in [
            ("ca", authority.pem()),
            ("server", certificate),
            ("key", key),
        ] {
            fs::write(folder.join(name), pem).unwrap();
        }
    };
    let tls_port = port.to_string();
    // The plain port is for the administrator.
    let options = [
        "--tls-port",
        &tls_port,
        "--tls-ca-cert-file",
        "ca",
        "--tls-cert-file",
        "server",
        "--tls-key-file",
        "key",
    ];
    let server = Server::set_up(&options, "", prepare).await;
    let url = format!("rediss://127.0.0.1:{port}");
    let (certificate, key) = issue("client");
    let builder = || Redis::builder(&url).root_certificates(authority.pem());
    let node = Node::up(builder().client_certificate(certificate, key)).await;
    node.subscribe("room").await;
    node.reaches(&node, "room", "in secret").await;

    // Without a certificate of its own, with none for the server, with one that nobody can read.
    for builder in [builder(), Redis::builder(&url)] {
        let refused = within_2_s(Node::with(builder)).await;
        refused.until_times(1, begun).await;
        assert_eq!(
            refused.publish("room", "no").await,
            Err(BrokerError::Unavailable)
        );
    }
    let broken = Redis::builder(&url)
        .root_certificates("no certificate")
        .connect()
        .await;
    assert!(matches!(broken, Err(ConnectError::Certificate(_))));
    drop(server);
}

#[tokio::test]
async fn with_a_password_or_as_a_user_with_few_rights() {
    let rights =
        "ann on >pass@word resetchannels &shop* -@all +hello +publish +subscribe +unsubscribe";
    let mut options = vec!["--requirepass", "secret", "--user"];
    options.extend(rights.split(' '));
    let server = Server::set_up(&options, ":secret@", |_| {}).await;
    let at = |login: &str| format!("redis://{login}127.0.0.1:{}", server.port);
    let by_password = Node::up(Redis::builder(&at(":secret@")).prefix("shop")).await;
    let as_user = Node::up(Redis::builder(&at("ann:pass%40word@")).prefix("shop")).await;
    as_user.subscribe("room").await;
    by_password.reaches(&as_user, "room", "hi").await;
    by_password.subscribe("room").await;
    as_user.reaches(&by_password, "room", "hi back").await;
    assert!(
        !format!(
            "{:?} {:?}",
            by_password.broker,
            Redis::builder(&at(":secret@"))
        )
        .contains("secret")
    );

    for login in ["", ":wrong@", "ann:pass@"] {
        let refused = within_2_s(Node::with(Redis::builder(&at(login)))).await;
        refused.until_times(1, begun).await;
        assert_eq!(refused.broker.health(), Health::Down);
        assert_eq!(
            refused.publish("room", "no").await,
            Err(BrokerError::Unavailable)
        );
    }
}

#[tokio::test]
async fn what_is_no_url_is_an_error() {
    for url in [
        "localhost",
        "http://localhost",
        "redis://",
        "redis+sentinel://localhost",
        "redis://localhost:port",
    ] {
        let refused = Redis::connect(url).await;
        assert!(matches!(refused, Err(ConnectError::Url(_))), "{url}");
    }
}

/// A master, its replica, their sentinel, and the URL of all.
async fn behind_a_sentinel() -> ([Server; 3], String) {
    let master = Server::start().await;
    let of_master = format!("127.0.0.1 {}", master.port);
    let options = ["--replicaof", &of_master, "--repl-diskless-sync-delay", "0"];
    let replica = Server::with(&options).await;
    eventually("the replica follows", async || {
        let info: String = replica.command(&["INFO", "replication"]).await;
        info.contains("master_link_status:up").then_some(())
    })
    .await;
    let configuration = format!(
        "sentinel monitor mine {of_master} 1\nsentinel down-after-milliseconds mine 500\n\
         sentinel failover-timeout mine 2000\n"
    );
    let prepare = |folder: &Path| {
        fs::write(folder.join("sentinel.conf"), &configuration).unwrap();
    };
    let sentinel = Server::set_up(&["--sentinel"], "", prepare).await;
    eventually("the sentinel knows both", async || {
        let info: String = sentinel.command(&["INFO", "sentinel"]).await;
        (info.contains("status=ok") && info.contains("slaves=1")).then_some(())
    })
    .await;
    // A sentinel that is dead is passed over.
    let url = format!(
        "redis+sentinel://127.0.0.1:{},127.0.0.1:{}/mine",
        free_port(),
        sentinel.port
    );
    ([master, replica, sentinel], url)
}

#[tokio::test]
async fn the_sentinels_say_who_the_master_is() {
    let ([mut master, replica, _sentinel], url) = behind_a_sentinel().await;
    let builder = || Redis::builder(&url).probe(Duration::from_millis(500));
    let (a, b) = (Node::up(builder()).await, Node::up(builder()).await);
    a.subscribe("room").await;
    b.reaches(&a, "room", "before").await;
    master.kill();
    a.until_times(1, begun).await;
    a.until_times(1, over).await;
    b.reaches(&a, "room", "after").await;
    let role: Vec<redis::Value> = replica.command(&["ROLE"]).await;
    assert_eq!(role[0], redis::Value::BulkString(b"master".into()));
    assert_eq!(replica.channels().await, ["realtime:room"]);
    a.healthy(Health::Up).await;
}

#[tokio::test]
async fn a_master_that_is_replaced_is_left_although_it_answers() {
    let ([master, replica, sentinel], url) = behind_a_sentinel().await;
    let builder = || Redis::builder(&url).probe(Duration::from_millis(500));
    let (a, b) = (Node::up(builder()).await, Node::up(builder()).await);
    a.subscribe("room").await;
    b.reaches(&a, "room", "before").await;
    eventually(
        "the sentinel has heard of the replica what it wants to",
        async || {
            sentinel
                .try_command::<()>(&["SENTINEL", "FAILOVER", "mine"])
                .await
        },
    )
    .await;
    a.until_times(1, begun).await;
    a.until_times(1, over).await;
    b.reaches(&a, "room", "after").await;
    eventually("all have left it", async || {
        (replica.channels().await == ["realtime:room"] && master.channels().await.is_empty())
            .then_some(())
    })
    .await;
    a.healthy(Health::Up).await;
    b.healthy(Health::Up).await;
    b.reaches(&a, "room", "and stays").await;
}

#[tokio::test]
async fn channels_of_a_cluster_are_spread_over_its_nodes() {
    let mut cluster = Cluster::start().await;
    let topics = cluster.topics().await;
    let (a, b) = (
        Node::up(Redis::builder(&cluster.url())).await,
        Node::up(Redis::builder(&cluster.url())).await,
    );
    join_all(topics.iter().map(|topic| a.subscribe(topic))).await;
    for (node, topic) in cluster.nodes.iter().zip(&topics) {
        let mut channels: Vec<String> = node.command(&["PUBSUB", "SHARDCHANNELS"]).await;
        channels.retain(|channel| !channel.contains('~'));
        assert_eq!(channels, [format!("realtime:{topic}")]);
        b.publish(topic, "hi").await.unwrap();
        a.until_text(topic, "hi").await;
    }
    for node in &cluster.nodes {
        // Each of the two nodes subscribes to its probe there, too.
        let commands = (node.calls("ssubscribe").await, node.calls("spublish").await);
        println!("a node of the cluster: {commands:?} SSUBSCRIBE and SPUBLISH");
        assert_eq!(commands.0, 3);
        assert_eq!(
            node.calls("subscribe").await + node.calls("publish").await,
            0
        );
    }

    // One of them is killed: only its topics have a gap.
    cluster.nodes[1].kill();
    within_2_s(a.until_times(1, begun)).await;
    let of_its = |over| {
        let topics = Some(vec![Arc::from(&*topics[1])]);
        move |arrival: &Arrival| {
            *arrival
                == Arrival::Gap(Gap {
                    topics: topics.clone(),
                    over,
                })
        }
    };
    assert_eq!(a.count(of_its(false)), 1);
    b.until_times(0, begun).await;
    eventually("it is known", async || {
        b.publish(&topics[1], "lost").await.err()
    })
    .await;
    within_2_s(a.subscribe(&topics[1])).await;
    for topic in [&topics[0], &topics[2]] {
        b.reaches(&a, topic, "still").await;
    }
    cluster.nodes[1].restart().await;
    a.until_times(1, of_its(true)).await;
    b.reaches(&a, &topics[1], "back").await;
    assert_eq!(a.texts(&topics[1]), ["hi", "back"]);
    let others = a.count(|arrival| matches!(arrival, Arrival::Gap(_)))
        - a.count(of_its(false))
        - a.count(of_its(true));
    assert_eq!(others, 0, "the others have none");
}

#[tokio::test]
async fn a_topic_follows_its_slot_to_another_node() {
    let cluster = Cluster::start().await;
    let topics = cluster.topics().await;
    let (a, b) = (
        Node::up(Redis::builder(&cluster.url())).await,
        Node::up(Redis::builder(&cluster.url())).await,
    );
    for topic in &topics {
        a.subscribe(topic).await;
    }
    let moved = &topics[0];
    b.reaches(&a, moved, "before").await;
    cluster.move_slot(cluster.slot(moved).await, 0, 2).await;
    a.until_times(1, begun).await;
    a.until_times(1, over).await;
    eventually("both have followed", async || {
        let channels: Vec<String> = cluster.nodes[2].command(&["PUBSUB", "SHARDCHANNELS"]).await;
        channels
            .contains(&format!("realtime:{moved}"))
            .then_some(())
    })
    .await;
    for topic in &topics {
        b.reaches(&a, topic, "after").await;
    }
    assert_eq!(a.texts(moved), ["before", "after"]);
    a.healthy(Health::Up).await;
}

#[tokio::test]
async fn topics_of_a_dead_master_go_on_at_its_replica() {
    let mut cluster = Cluster::start().await;
    cluster.add_replica_of(2).await;
    let topics = cluster.topics().await;
    let url = cluster.url();
    let (a, b) = (
        Node::up(Redis::builder(&url)).await,
        Node::up(Redis::builder(&url)).await,
    );
    for topic in &topics {
        a.subscribe(topic).await;
        b.reaches(&a, topic, "before").await;
    }
    cluster.nodes[2].kill();
    within_2_s(a.until_times(1, begun)).await;
    a.until_times(1, over).await;
    b.reaches(&a, &topics[2], "after").await;
    let channels: Vec<String> = cluster.nodes[3].command(&["PUBSUB", "SHARDCHANNELS"]).await;
    assert!(channels.contains(&format!("realtime:{}", topics[2])));
    a.healthy(Health::Up).await;
    let of_others = |arrival: &Arrival| {
        matches!(arrival, Arrival::Gap(gap)
        if gap.topics.as_ref().is_none_or(|of| of.iter().any(|topic| **topic != *topics[2])))
    };
    assert_eq!(a.count(of_others), 0, "the others have no gap");
}

#[tokio::test]
async fn a_cluster_may_come_later() {
    let ports = [free_port(), free_port()];
    let url = format!(
        "redis+cluster://127.0.0.1:{},127.0.0.1:{}",
        ports[0], ports[1]
    );
    let node = within_2_s(Node::with(Redis::builder(&url))).await;
    within_2_s(node.subscribe("room")).await;
    assert_eq!(
        node.publish("room", "no").await,
        Err(BrokerError::Unavailable)
    );
    assert_eq!(node.broker.health(), Health::Down);
    let server = Server::cluster_of_one(ports[1]).await;
    node.until_times(1, over).await;
    node.reaches(&node, "room", "there it is").await;
    node.healthy(Health::Up).await;
    drop(server);
}
