//! Two nodes on one Redis against one process with the in-memory layer.
//!
//! `cargo run --release -p bench-nodes` starts a `redis-server` of its own and the nodes, lets the members of one group in, and
//! measures how many events reach them in a second, how long one takes, and how many commands Redis gets. Setups take turns;
//! every member has to get every event of each publisher, once and in order, or nothing is told but that.

mod client;
mod commands;
mod fan_out;
mod latency;
mod process;
mod redis_server;
mod room;
mod rounds;
mod server;

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};
use tokio::{runtime::Builder, task::LocalSet};

use client::PUBLISHERS;
use fan_out::{Setup, Table};
use latency::Pair;
use process::Node;
use redis_server::RedisServer;
use room::{Room, Size};
use rounds::Figures;

/// Two nodes on one Redis against one process with the in-memory layer.
#[derive(Debug, Parser)]
#[command(about, version)]
struct Options {
    /// Members of the group, on all nodes together
    #[arg(long, default_value_t = 1000)]
    members: usize,
    /// Connections that have events published, none of them a member; at most 90
    #[arg(long, default_value_t = 64)]
    publishers: usize,
    /// Events that each asks for at once, which are published one after the other. Two such bursts are under way for each
    #[arg(long, default_value_t = 1)]
    burst: u64,
    /// How often each setup has its turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long deliveries are counted in each round
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// For how long commands are counted while nothing happens
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    idle: u64,
    /// Deliveries alone
    #[arg(long)]
    deliveries: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One node, which the other part starts
    #[command(hide = true)]
    Serve {
        /// Where Redis is; without it, in memory
        #[arg(long)]
        redis: Option<String>,
        /// Seconds between two probes, where not as by default
        #[arg(long)]
        probe: Option<u64>,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if let Some(Command::Serve { redis, probe }) = &options.command {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        return runtime.block_on(server::serve(
            redis.as_deref(),
            probe.map(Duration::from_secs),
        ));
    }
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, measure(options))
}

async fn measure(options: &Options) -> Result<(), String> {
    let mut redis = RedisServer::start().await?;
    let url = redis.url.clone();
    let alone = Node::start(&[]).await?;
    let first = Node::start(&["--redis", &url]).await?;
    let second = Node::start(&["--redis", &url]).await?;
    let nodes = [first.address, second.address];

    deliveries(options, &redis, &alone, [&first, &second]).await?;

    if options.deliveries {
        return Ok(());
    }
    eprintln!("one event after the other");
    let mut pairs = [
        ("in memory", Pair::meet(alone.address, alone.address).await?),
        (
            "two nodes, member on the publisher's",
            Pair::meet(nodes[0], nodes[0]).await?,
        ),
        (
            "two nodes, member on the other",
            Pair::meet(nodes[0], nodes[1]).await?,
        ),
    ];
    latencies(options, &mut pairs).await?;

    eprintln!("nothing happens for {} s, twice", options.idle);
    let idle = Duration::from_secs(options.idle);
    let found = commands::idle(&mut redis, nodes, idle).await?;

    eprintln!("commands are counted");
    print(&commands::count().await?);
    let minutes = 2.0 * idle.as_secs_f64() / 60.0;
    for (how, calls) in found {
        let per_minute = calls.all() as f64 / minutes;
        let said = calls.others(&[]);
        print(&format_args!(
            "Idle, {how}: {per_minute:.0} commands in a minute for each node ({said} in {} s of both).\n",
            options.idle
        ));
    }
    Ok(())
}

async fn deliveries(
    options: &Options,
    redis: &RedisServer,
    alone: &Node,
    [first, second]: [&Node; 2],
) -> Result<(), String> {
    eprintln!("{} members come, twice", options.members);
    let nodes = [first.address, second.address];
    let size = Size {
        members: options.members.max(1),
        publishers: options.publishers.clamp(1, PUBLISHERS),
        burst: options.burst.max(1),
    };
    let in_memory = Room::open(&[alone.address], size).await?;
    let on_redis = Room::open(&nodes, size).await?;
    let processes = [
        ("node 1", first.id()?),
        ("node 2", second.id()?),
        ("Redis", redis.id()?),
    ];
    let mut setups = [
        Setup::new(
            "in memory",
            &in_memory,
            &[alone.address],
            &[("node", alone.id()?)],
        ),
        Setup::new(
            "two nodes, one publishes",
            &on_redis,
            &nodes[..1],
            &processes,
        ),
        Setup::new("two nodes, both publish", &on_redis, &nodes, &processes),
    ];
    let time = Duration::from_secs(options.seconds);
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        let count = setups.len();
        for place in 0..count {
            setups[(round + place) % count].measure(time).await?;
        }
    }
    print(&Table(&setups));
    Ok(())
}

async fn latencies<const N: usize>(
    options: &Options,
    pairs: &mut [(&'static str, Pair); N],
) -> Result<(), String> {
    let mut found = vec![(Figures::default(), Figures::default()); N];
    let time = Duration::from_secs(options.seconds);
    for round in 0..options.rounds {
        for place in 0..N {
            let place = (round + place) % N;
            let latency = pairs[place].1.measure(time).await?;
            found[place].0.push(latency.p50);
            found[place].1.push(latency.p99);
        }
    }
    let mut table = "| | p50, median (range) | p99, median (range) |\n|---|---:|---:|\n".to_owned();
    for ((name, _), (p50, p99)) in pairs.iter().zip(&found) {
        let _ = writeln!(table, "| {name} | {p50:.0} µs | {p99:.0} µs |");
    }
    print(&table);
    Ok(())
}

fn print(found: &dyn std::fmt::Display) {
    // Whoever reads it may be gone.
    let _ = writeln!(io::stdout(), "{found}");
}
