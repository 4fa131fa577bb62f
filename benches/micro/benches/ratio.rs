//! Ours beside the two others, round by round, so that whatever else the machine does meets all of them alike.
//!
//! `cargo bench -p bench-micro --bench ratio` prints a Markdown table for each kind of frame. The target is the first of
//! them: ours takes at most 1.10 times as long as what is written by hand.

use std::{
    io::{self, Write},
    process::Command,
    time::Instant,
};

use bench_micro::programs::{Program, all, cases};

const ROUNDS: usize = 15;
/// Messages of a round, where a message has 100 bytes.
const MESSAGES: usize = 200_000;

fn main() -> io::Result<()> {
    let allocations = allocations()?;
    let mut out = io::stdout();
    for (case, frames) in cases() {
        let longer = frames[0].len() / 100;
        let messages = MESSAGES / longer.div_ceil(2).max(1);
        let table = Table {
            case,
            messages,
            allocations: &allocations,
        };
        table.print(&mut out, &measure(&frames, messages))?;
    }
    Ok(())
}

/// What one program took for a message in each round, in nanoseconds.
struct Times {
    name: &'static str,
    rounds: Vec<f64>,
}

fn measure(frames: &[String], messages: usize) -> [Times; 3] {
    let mut programs = all().map(|program| {
        let rounds = Vec::with_capacity(ROUNDS);
        let name = program.name();
        (program, Times { name, rounds })
    });
    for (program, _) in &mut programs {
        program.run(frames, messages / 4);
    }
    for round in 0..ROUNDS {
        // None of them is always the first.
        for turn in 0..programs.len() {
            let (program, times) = &mut programs[(round + turn) % 3];
            times.rounds.push(time(&mut **program, frames, messages));
        }
    }
    programs.map(|(_, times)| times)
}

fn time(program: &mut dyn Program, frames: &[String], messages: usize) -> f64 {
    let begun = Instant::now();
    program.run(frames, messages);
    begun.elapsed().as_nanos() as f64 / messages as f64
}

struct Table<'a> {
    case: &'a str,
    messages: usize,
    allocations: &'a str,
}

impl Table<'_> {
    fn print(&self, out: &mut impl Write, times: &[Times; 3]) -> io::Result<()> {
        let (case, messages) = (self.case, self.messages);
        writeln!(out, "\n{case}: {ROUNDS} rounds of {messages} messages\n")?;
        writeln!(
            out,
            "| program | ns per message, median | range | × by hand | rounds' ratios, median and range | allocations | of these grown | bytes |"
        )?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|")?;
        let by_hand = &times[1];
        for program in times {
            let (low, median, high) = spread(program.rounds.clone());
            let ratio = median / spread(by_hand.rounds.clone()).1;
            let ratios = program.rounds.iter().zip(&by_hand.rounds);
            let (least, middle, most) = spread(ratios.map(|(a, b)| a / b).collect());
            let name = program.name;
            let memory = self.memory(name);
            writeln!(
                out,
                "| {name} | {median:.1} | {low:.1}–{high:.1} | {ratio:.3} | {middle:.3} ({least:.3}–{most:.3}) | {memory} |"
            )?;
        }
        Ok(())
    }

    /// The columns on memory.
    fn memory(&self, program: &str) -> String {
        let line = self.allocations.lines().find_map(|line| {
            let rest = line.strip_prefix(self.case)?.strip_prefix('\t')?;
            rest.strip_prefix(program)?.strip_prefix('\t')
        });
        line.unwrap_or("?\t?\t?").replace('\t', " | ")
    }
}

/// Least, median and greatest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    (values[0], values[last / 2], values[last])
}

/// Counted in another process: what is timed here has the plain allocator.
fn allocations() -> io::Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
