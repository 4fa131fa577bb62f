//! Figures of all rounds: medians, ranges, and how they compare.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::REFERENCES;

/// What was found, by scenario and peer.
#[derive(Debug)]
pub(crate) struct Results {
    scenarios: Vec<String>,
    peers: Vec<&'static str>,
    /// For each scenario and each peer, the rounds that did not fail.
    cells: Vec<Vec<Vec<(usize, Value)>>>,
}

impl Results {
    pub(crate) fn new(scenarios: impl Iterator<Item = String>, peers: &[&'static str]) -> Self {
        let scenarios: Vec<_> = scenarios.collect();
        Self {
            cells: vec![vec![Vec::new(); peers.len()]; scenarios.len()],
            scenarios,
            peers: peers.to_vec(),
        }
    }

    /// What a peer did in a round.
    pub(crate) fn add(&mut self, scenario: usize, peer: usize, round: usize, report: Value) {
        self.cells[scenario][peer].push((round, report));
    }

    /// One row for each scenario and peer.
    pub(crate) fn table(&self) -> String {
        let mut table =
            "| scenario | peer | server, median (range) | messages/s | server | load | others |"
                .to_owned();
        for reference in REFERENCES {
            let _ = write!(table, " ÷ {reference} |");
        }
        table.push_str("\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        for (scenario, cells) in self.scenarios.iter().zip(&self.cells) {
            for (peer, cell) in self.peers.iter().zip(cells) {
                let shown = match Summary::of(cell.iter().map(|(_, report)| cost(report))) {
                    Some(Summary {
                        median,
                        least,
                        most,
                    }) => {
                        let unit = if scenario.starts_with("idle") {
                            "KiB"
                        } else {
                            "µs"
                        };
                        format!("{median:.2} {unit} ({least:.2}–{most:.2})")
                    }
                    None => "failed".to_owned(),
                };
                let median = |field: &'static str| {
                    let of_field = cell.iter().map(move |(_, report)| report[field].as_f64());
                    Summary::of(of_field).map_or(f64::NAN, |summary| summary.median)
                };
                let _ = write!(
                    table,
                    "| {scenario} | {peer} | {shown} | {:.0} | {:.0} % | {:.0} % | {:.0} % |",
                    median("per_second"),
                    median("server_utilisation") * 100.0,
                    median("load_utilisation") * 100.0,
                    median("others_utilisation") * 100.0,
                );
                for reference in REFERENCES {
                    match self.ratio(cells, cell, reference) {
                        Some(ratio) => {
                            let _ = write!(table, " {ratio:.2} |");
                        }
                        None => table.push_str(" |"),
                    }
                }
                table.push('\n');
            }
        }
        table
    }

    /// Everything, the rounds among it.
    pub(crate) fn document(&self) -> Value {
        let mut results = Vec::new();
        for (scenario, cells) in self.scenarios.iter().zip(&self.cells) {
            for (peer, cell) in self.peers.iter().zip(cells) {
                let summary = Summary::of(cell.iter().map(|(_, report)| cost(report)));
                let ratios = REFERENCES.into_iter().filter_map(|reference| {
                    let ratio = self.ratio(cells, cell, reference)?;
                    Some((reference.to_owned(), json!(ratio)))
                });
                let reports: Vec<_> = cell.iter().map(|(_, report)| report).collect();
                results.push(json!({
                    "scenario": scenario,
                    "peer": peer,
                    "unit": if scenario.starts_with("idle") { "KiB per connection" } else { "µs per message" },
                    "median": summary.as_ref().map(|summary| summary.median),
                    "least": summary.as_ref().map(|summary| summary.least),
                    "most": summary.as_ref().map(|summary| summary.most),
                    "ratios": ratios.collect::<Map<_, _>>(),
                    "rounds": reports,
                }));
            }
        }
        results.into()
    }

    /// The median of how it compares in each round.
    fn ratio(
        &self,
        cells: &[Vec<(usize, Value)>],
        cell: &[(usize, Value)],
        reference: &str,
    ) -> Option<f64> {
        let column = self.peers.iter().position(|peer| *peer == reference)?;
        let ratios = cell.iter().filter_map(|(round, report)| {
            let (_, of_reference) = cells[column].iter().find(|(other, _)| other == round)?;
            Some(Some(cost(report)? / cost(of_reference)?))
        });
        Summary::of(ratios).map(|summary| summary.median)
    }
}

/// What a connection or a message costs the server.
fn cost(report: &Value) -> Option<f64> {
    let of_connection = report["kib_per_connection"].as_f64();
    of_connection.or_else(|| report["server_us_per_message"].as_f64())
}

/// The middle of some figures and their range.
#[derive(Debug, PartialEq)]
struct Summary {
    median: f64,
    least: f64,
    most: f64,
}

impl Summary {
    fn of(figures: impl Iterator<Item = Option<f64>>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.flatten().collect();
        figures.sort_by(f64::total_cmp);
        let upper = figures.get(figures.len() / 2)?;
        let lower = figures.get(figures.len().saturating_sub(1) / 2)?;
        Some(Self {
            median: f64::midpoint(*lower, *upper),
            least: *figures.first()?,
            most: *figures.last()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let scenarios = ["echo-1x1".to_owned(), "idle-5".to_owned()].into_iter();
        let mut results = Results::new(scenarios, &["realtime", "floor"]);
        for (round, [ours, floor]) in [[3.0, 1.0], [8.0, 4.0], [3.0, 2.0]].into_iter().enumerate() {
            results.add(
                0,
                0,
                round,
                json!({ "server_us_per_message": ours, "per_second": 9.0 }),
            );
            results.add(0, 1, round, json!({ "server_us_per_message": floor }));
        }
        results.add(
            1,
            0,
            1,
            json!({ "server_us_per_message": null, "kib_per_connection": 2.5 }),
        );
        results
    }

    #[test]
    fn the_table_has_medians_ranges_and_ratios_of_the_same_round() {
        let table = results().table();
        assert!(
            table.contains("| echo-1x1 | realtime | 3.00 µs (3.00–8.00) | 9 |"),
            "{table}"
        );
        assert!(
            table.lines().any(|line| line.ends_with("| | 2.00 |")),
            "{table}"
        );
        assert!(
            table.contains("| idle-5 | realtime | 2.50 KiB (2.50–2.50) |"),
            "{table}"
        );
        assert!(table.contains("| idle-5 | floor | failed |"), "{table}");
    }

    #[test]
    fn the_middle_of_two_is_between_them() {
        let summary = Summary::of([Some(3.0), None, Some(1.0)].into_iter()).unwrap();
        assert_eq!(
            (summary.least, summary.median, summary.most),
            (1.0, 2.0, 3.0)
        );
        assert_eq!(Summary::of([None].into_iter()), None);
    }

    #[test]
    fn the_document_has_every_round() {
        let document = results().document();
        assert_eq!(document[0]["rounds"].as_array().map(Vec::len), Some(3));
        assert_eq!(document[0]["ratios"]["floor"], 2.0);
        assert_eq!(document[3]["median"], Value::Null);
    }
}
