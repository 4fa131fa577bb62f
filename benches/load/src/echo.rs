//! Clients that ask, and ask again when they are answered.

use std::{rc::Rc, time::Instant};

use crate::{Outcome, client::Client, job::Job, run::Run};

/// Asks so many at once, and as many again as are answered.
pub(crate) async fn talk(
    mut client: Client,
    run: Rc<Run>,
    job: Rc<Job>,
    outstanding: usize,
) -> Outcome {
    let mut heard = 0;
    let mut sent = outstanding as u64;
    run.expected.set(run.expected.get() + sent);
    // Of each that is unanswered. Where answers overtake each other, the times do too; their sum is right.
    let mut times = vec![Instant::now(); outstanding];
    client.sends(job.frames(0, outstanding)).await?;
    loop {
        let before = heard;
        let mut arrived = None;
        client
            .hears(&run.buffer, |text| {
                if heard == sent {
                    return Err("an answer came to nothing that was asked".to_owned());
                }
                job.check(heard, text)?;
                let arrived = *arrived.get_or_insert_with(Instant::now);
                run.latencies.add(times[place(heard, outstanding)], arrived);
                heard += 1;
                Ok(())
            })
            .await?;
        let now = heard - before;
        run.answers.set(run.answers.get() + now);
        if now > 0 && !run.over.get() {
            let count = usize::try_from(now).unwrap_or(0);
            run.expected.set(run.expected.get() + now);
            let time = Instant::now();
            for number in sent..sent + now {
                times[place(number, outstanding)] = time;
            }
            client.sends(job.frames(sent, count)).await?;
            sent += now;
        }
    }
}

fn place(number: u64, outstanding: usize) -> usize {
    usize::try_from(number % outstanding as u64).unwrap_or(0)
}
