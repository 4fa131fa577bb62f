//! A cluster of three masters, and a replica where one is wanted.

use crate::{Server, eventually};

const OPTIONS: [&str; 8] = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "1000",
    // The slots of the others go on when one is dead.
    "--cluster-require-full-coverage",
    "no",
    "--repl-diskless-sync-delay",
    "0",
];

/// Its nodes; killed when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    /// The masters in the order of their slots, then the replica.
    pub nodes: Vec<Server>,
}

impl Cluster {
    /// Three masters, which share the slots.
    pub async fn start() -> Self {
        let mut nodes = Vec::new();
        for range in [(0, 5460), (5461, 10922), (10923, 16383)] {
            let node = Server::with(&OPTIONS).await;
            let (first, last) = (range.0.to_string(), range.1.to_string());
            let () = node
                .command(&["CLUSTER", "ADDSLOTSRANGE", &first, &last])
                .await;
            nodes.push(node);
        }
        let cluster = Self { nodes };
        for other in &cluster.nodes[1..] {
            cluster.meet(other).await;
        }
        cluster.stands().await;
        cluster
    }

    async fn meet(&self, other: &Server) {
        let port = other.port.to_string();
        let meet = ["CLUSTER", "MEET", "127.0.0.1", &port];
        let () = self.nodes[0].command(&meet).await;
    }

    /// A node that takes the place of another when that is dead. It is the last one.
    pub async fn add_replica_of(&mut self, place: usize) {
        let replica = Server::with(&OPTIONS).await;
        self.meet(&replica).await;
        self.nodes.push(replica);
        self.stands().await;
        let master: String = self.nodes[place].command(&["CLUSTER", "MYID"]).await;
        let replica = &self.nodes[3];
        let () = replica.command(&["CLUSTER", "REPLICATE", &master]).await;
        eventually("the replica follows", async || {
            let info: String = replica.command(&["INFO", "replication"]).await;
            info.contains("master_link_status:up").then_some(())
        })
        .await;
        for node in &self.nodes {
            eventually("all know the replica", async || {
                let nodes: String = node.command(&["CLUSTER", "NODES"]).await;
                nodes.contains("slave").then_some(())
            })
            .await;
        }
    }

    /// Waits until every node knows every slot.
    pub async fn stands(&self) {
        for node in &self.nodes {
            eventually("the cluster stands", async || {
                let info: String = node.command(&["CLUSTER", "INFO"]).await;
                let nodes = format!("cluster_known_nodes:{}", self.nodes.len());
                let all = ["cluster_state:ok", "cluster_slots_ok:16384", &nodes];
                all.iter().all(|line| info.contains(line)).then_some(())
            })
            .await;
        }
    }

    /// What a node connects with.
    pub fn url(&self) -> String {
        let ports = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port));
        format!("redis+cluster://{}", ports.collect::<Vec<_>>().join(","))
    }

    /// A topic of each node.
    pub async fn topics(&self) -> Vec<String> {
        let mut topics = vec![String::new(); 3];
        for number in 0.. {
            let topic = format!("room {number}");
            let slot = self.slot(&topic).await;
            let place = match slot {
                ..=5460 => 0,
                5461..=10922 => 1,
                _ => 2,
            };
            topics[place] = topic;
            if topics.iter().all(|topic| !topic.is_empty()) {
                break;
            }
        }
        topics
    }

    /// Where a topic belongs.
    pub async fn slot(&self, topic: &str) -> usize {
        let channel = format!("realtime:{topic}");
        self.nodes[0]
            .command(&["CLUSTER", "KEYSLOT", &channel])
            .await
    }

    /// Gives a slot to another node.
    pub async fn move_slot(&self, slot: usize, from: usize, to: usize) {
        let id: String = self.nodes[to].command(&["CLUSTER", "MYID"]).await;
        let slot = slot.to_string();
        for node in [to, from] {
            let move_to = ["CLUSTER", "SETSLOT", &slot, "NODE", &id];
            let () = self.nodes[node].command(&move_to).await;
        }
    }
}
