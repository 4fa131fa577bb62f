//! How often each program asks for memory for one message, for `ratio` to show beside the times: a line for each case and
//! program with allocations, reallocations and bytes per message.

use std::{
    alloc::System,
    io::{self, Write as _},
};

use bench_micro::programs::{all, cases};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    for (case, frames) in cases() {
        for mut program in all() {
            // Buffers that are kept have their size after one round.
            program.run(&frames, frames.len());
            let region = Region::new(COUNTING);
            program.run(&frames, frames.len());
            let counted = region.change();
            let each = |count: usize| count as f64 / frames.len() as f64;
            writeln!(
                out,
                "{case}\t{}\t{:.2}\t{:.2}\t{:.0}",
                program.name(),
                each(counted.allocations),
                each(counted.reallocations),
                each(counted.bytes_allocated),
            )?;
        }
    }
    Ok(())
}
