//! One run: a phase without abuse, one with it, and what came of both.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{
    Outcome,
    attack::{self, Tallies},
    good::{self, Heard, Progress, Times},
    process::{self, Server},
    server::{PING, PONG},
};

/// Between two lines of progress.
const PROGRESS: u64 = 5;
/// Samples of memory in a second, of which the median counts: two thousand connections come and go in less.
const SAMPLES: usize = 10;
/// What the last third of the abuse may need beyond the second: this factor, and so many MiB.
const GROWTH: (f64, f64) = (1.10, 8.0);
/// How long connections may be cleaned up for after the last client has gone.
const EMPTIES: Duration = Duration::from_secs(20);

/// A second of the server.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Its end.
    at: Duration,
    /// Resident, in MiB.
    memory: f64,
    most: f64,
    /// Processor time until then.
    time: f64,
}

pub(crate) async fn run(seconds: u64) -> Outcome {
    process::check_files()?;
    let server = Server::start().await?;
    let clients = good::connect(server.address).await?;
    let end = Duration::from_secs(seconds);
    let times = Times {
        start: Instant::now(),
        abuse: end / 4,
        end,
    };
    println!(
        "{} clients in groups of {} talk for {seconds} s, the last {} s under abuse; the server pings each {} s, \
         not 25, and waits {} s for a pong, not 10",
        good::CLIENTS,
        good::GROUP,
        (end - times.abuse).as_secs(),
        PING.as_secs(),
        PONG.as_secs(),
    );
    let (progress, tallies) = (Arc::new(Progress::default()), attack::tallies());
    let talk = tokio::spawn(good::talk(clients, times, Arc::clone(&progress)));
    let attacks = async {
        tokio::time::sleep_until(times.start + times.abuse).await;
        attack::all(server.address, &tallies, times.start + times.end).await
    };
    let (attacked, samples) = tokio::join!(attacks, watch(&server, times, &progress, &tallies));
    let samples = samples?;
    let heard = talk.await.map_err(|error| error.to_string())?;
    let mut broken: Vec<String> = attacked.err().into_iter().collect();
    tell_abuse(&tallies, &mut broken);
    tell_good(heard, &samples, times, &mut broken);
    tell_memory(&samples, times, &mut broken);
    match server.empties(EMPTIES).await {
        Ok(stats) => println!(
            "\n{} connections began in handlers, as many ended there; none is left.",
            stats.connected
        ),
        Err(reason) => broken.push(reason),
    }
    if let Err(reason) = server.stop().await {
        broken.push(reason);
    }
    if broken.is_empty() {
        println!("Every promise was kept.");
        Ok(())
    } else {
        Err(broken.join("\nerror: "))
    }
}

/// Looks at the server until the end.
async fn watch(
    server: &Server,
    times: Times,
    progress: &Progress,
    tallies: &Tallies,
) -> Result<Vec<Sample>, String> {
    let mut samples = Vec::new();
    let mut each = interval_at(times.start, Duration::from_secs(1) / SAMPLES as u32);
    each.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut memory = [0.0; SAMPLES];
        for place in &mut memory {
            each.tick().await;
            *place = server.memory()?;
        }
        memory.sort_unstable_by(f64::total_cmp);
        let sample = Sample {
            at: times.start.elapsed(),
            memory: memory[SAMPLES / 2],
            most: memory[SAMPLES - 1],
            time: server.time().unwrap_or_default(),
        };
        let count = samples.len() as u64;
        samples.push(sample);
        if count.is_multiple_of(PROGRESS) {
            let sum = |count: fn(&attack::Tally) -> &std::sync::atomic::AtomicU64| -> u64 {
                let each = tallies.iter().map(|(_, tally)| count(tally));
                each.map(|count| count.load(Ordering::Relaxed)).sum()
            };
            eprintln!(
                "{:4} s {}: {} sent, {} received, {:.0} MiB, {} episodes of abuse, {} broken promises",
                sample.at.as_secs(),
                if sample.at < times.abuse {
                    "quiet"
                } else {
                    "abuse"
                },
                progress.sent.load(Ordering::Relaxed),
                progress.received.load(Ordering::Relaxed),
                sample.memory,
                sum(|tally| &tally.episodes),
                sum(|tally| &tally.broken),
            );
        }
        if sample.at >= times.end {
            return Ok(samples);
        }
    }
}

fn tell_abuse(tallies: &Tallies, broken: &mut Vec<String>) {
    println!("\n| abuse | episodes | what was done | broken | promise |\n|---|---|---|---|---|");
    for (abuse, tally) in tallies {
        let [episodes, done, broken_promises] = [&tally.episodes, &tally.done, &tally.broken]
            .map(|count| count.load(Ordering::Relaxed));
        println!(
            "| {} | {episodes} | {done} {} | {broken_promises} | {} |",
            abuse.name, abuse.unit, abuse.promise
        );
        if let Some(reason) = &*tally.first() {
            broken.push(format!(
                "{}: {broken_promises} times, first: {reason}",
                abuse.name
            ));
        } else if episodes == 0 {
            broken.push(format!("{}: it did not happen", abuse.name));
        }
    }
}

fn tell_good(heard: Heard, samples: &[Sample], times: Times, broken: &mut Vec<String>) {
    let Heard {
        phases,
        lost,
        doubled,
        reordered,
        failed,
    } = heard;
    println!(
        "\n| phase | sent | received | p50 | p99 | max | server's CPU |\n|---|---|---|---|---|---|---|"
    );
    for (index, mut phase) in phases.into_iter().enumerate() {
        let abused = index == 1;
        let [p50, p99, max] = phase
            .latencies
            .summary()
            .map(|time| time.as_secs_f64() * 1000.0);
        let mut of_phase = samples
            .iter()
            .filter(|sample| (sample.at >= times.abuse) == abused);
        let ends = of_phase.next().zip(of_phase.next_back());
        let cpu = ends.map_or(0.0, |(first, last)| {
            100.0 * (last.time - first.time) / (last.at - first.at).as_secs_f64().max(0.001)
        });
        println!(
            "| {} | {} | {} | {p50:.2} ms | {p99:.2} ms | {max:.2} ms | {cpu:.0} % |",
            if abused { "with abuse" } else { "without" },
            phase.sent,
            phase.received,
        );
    }
    println!(
        "\nOf the good clients' messages {lost} were lost, {doubled} doubled, {reordered} reordered."
    );
    if lost + doubled + reordered > 0 {
        broken.push(format!(
            "messages: {lost} lost, {doubled} doubled, {reordered} reordered"
        ));
    }
    if let Some(first) = failed.first() {
        let count = failed.len();
        broken.push(format!(
            "{count} good clients lost their connection, first: {first}"
        ));
    }
}

/// The most in each third of the abuse.
fn thirds(samples: &[Sample], times: Times) -> [f64; 3] {
    let third = (times.end - times.abuse) / 3;
    [0, 1, 2].map(|index| {
        let from = times.abuse + third * index;
        let to = if index == 2 {
            Duration::MAX
        } else {
            from + third
        };
        let of_third = samples
            .iter()
            .filter(|sample| (from..to).contains(&sample.at));
        of_third.map(|sample| sample.memory).fold(0.0, f64::max)
    })
}

fn tell_memory(samples: &[Sample], times: Times, broken: &mut Vec<String>) {
    let peak = samples.iter().map(|sample| sample.most).fold(0.0, f64::max);
    let quiet = samples.iter().filter(|sample| sample.at < times.abuse);
    let quiet = quiet.map(|sample| sample.memory).fold(0.0, f64::max);
    let [first, second, last] = thirds(samples, times);
    let (factor, more) = GROWTH;
    let most = second * factor + more;
    println!(
        "Memory of the server, the median of each second, at most: {quiet:.1} MiB without abuse; {first:.1}, \
         {second:.1}, {last:.1} MiB in the thirds of it; {peak:.1} MiB for a moment. Flat: the last third at most \
         {factor:.2} times the second and {more:.0} MiB, {most:.1} MiB."
    );
    if last > most {
        broken.push(format!(
            "memory grows: {last:.1} MiB, and {most:.1} MiB are allowed"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_compared_by_thirds_of_the_abuse() {
        let times = Times {
            start: Instant::now(),
            abuse: Duration::from_secs(30),
            end: Duration::from_secs(120),
        };
        let sample = |second: u64, memory| Sample {
            at: Duration::from_secs(second),
            memory,
            most: memory,
            time: 0.0,
        };
        let mut samples = vec![
            sample(10, 500.0),
            sample(40, 300.0),
            sample(70, 100.0),
            sample(100, 118.0),
        ];
        assert_eq!(thirds(&samples, times), [300.0, 100.0, 118.0]);
        let mut broken = Vec::new();
        tell_memory(&samples, times, &mut broken);
        assert!(broken.is_empty());
        samples.push(sample(121, 118.1));
        tell_memory(&samples, times, &mut broken);
        assert_eq!(broken.len(), 1);
    }
}
