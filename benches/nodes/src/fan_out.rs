//! Deliveries in a second, and who spends what on them.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    process::{Spent, busy},
    room::Room,
    rounds::Figures,
};

/// Before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);

/// Members on some nodes, and who publishes.
pub(crate) struct Setup<'r> {
    pub(crate) name: &'static str,
    pub(crate) room: &'r Room,
    pub(crate) publishing: Vec<SocketAddr>,
    /// The nodes, then Redis.
    pub(crate) processes: Vec<(&'static str, u32)>,
    found: Found,
}

/// Of all rounds.
#[derive(Default)]
struct Found {
    per_second: Figures,
    /// Processor time of nodes and Redis for each delivery, in microseconds.
    cost: Figures,
    /// What of it the kernel took.
    kernel: Figures,
    /// Of a processor, in percent, each of the processes.
    spent: Vec<Figures>,
    load: Figures,
    /// What did not belong to this run.
    foreign: Figures,
}

/// At one moment.
struct Moment {
    at: Instant,
    deliveries: u64,
    spent: Vec<Spent>,
    load: Spent,
    busy: Duration,
}

impl<'r> Setup<'r> {
    pub(crate) fn new(
        name: &'static str,
        room: &'r Room,
        publishing: &[SocketAddr],
        processes: &[(&'static str, u32)],
    ) -> Self {
        let spent = vec![Figures::default(); processes.len()];
        Self {
            name,
            room,
            publishing: publishing.to_vec(),
            processes: processes.to_vec(),
            found: Found {
                spent,
                ..Found::default()
            },
        }
    }

    fn moment(&self) -> Result<Moment, String> {
        let spent = self.processes.iter().map(|(_, id)| Spent::by(*id));
        Ok(Moment {
            at: Instant::now(),
            deliveries: self.room.deliveries(),
            spent: spent.collect::<Result<_, _>>()?,
            load: Spent::by(std::process::id())?,
            busy: busy()?,
        })
    }

    /// One round.
    pub(crate) async fn measure(&mut self, time: Duration) -> Result<(), String> {
        let measured = async {
            self.room.rest(WARM_UP).await?;
            let from = self.moment()?;
            self.room.rest(time).await?;
            Ok::<_, String>((from, self.moment()?))
        };
        let (from, to) = self.room.publish(&self.publishing, measured).await??;
        self.found.add(&from, &to);
        Ok(())
    }
}

impl Found {
    fn add(&mut self, from: &Moment, to: &Moment) {
        let seconds = (to.at - from.at).as_secs_f64();
        let deliveries = (to.deliveries - from.deliveries) as f64;
        let percent = |spent: Duration| 100.0 * spent.as_secs_f64() / seconds;
        let micros = |spent: Duration| spent.as_secs_f64() * 1e6 / deliveries;
        let (mut servers, mut kernel) = (Duration::ZERO, Duration::ZERO);
        for (figures, (to, from)) in self.spent.iter_mut().zip(to.spent.iter().zip(&from.spent)) {
            let spent = *to - *from;
            servers += spent.all();
            kernel += spent.kernel;
            figures.push(percent(spent.all()));
        }
        let load = (to.load - from.load).all();
        let foreign = (to.busy - from.busy).saturating_sub(servers + load);
        self.per_second.push(deliveries / seconds);
        self.cost.push(micros(servers));
        self.kernel.push(micros(kernel));
        self.load.push(percent(load));
        self.foreign.push(percent(foreign));
    }
}

/// The first is what the others are compared with.
pub(crate) struct Table<'t, 'r>(pub(crate) &'t [Setup<'r>]);

impl fmt::Display for Table<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| | deliveries per second, median (range) | ÷ in memory | µs of nodes and Redis per delivery | of it in the kernel \
             | ÷ in memory | processors: nodes, Redis | load | other work |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|"
        )?;
        for Setup {
            name,
            found,
            processes,
            ..
        } in self.0
        {
            let memory = &self.0[0].found;
            let spent = processes.iter().zip(&found.spent);
            let spent: Vec<_> = spent
                .map(|((process, _), spent)| format!("{process} {:.0} %", spent.median()))
                .collect();
            writeln!(
                f,
                "| {name} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {:.0} % | {:.0} % |",
                found.per_second,
                found.per_second.against(&memory.per_second),
                found.cost,
                found.kernel.median(),
                found.cost.against(&memory.cost),
                spent.join(", "),
                found.load.median(),
                found.foreign.median(),
            )?;
        }
        Ok(())
    }
}
