//! What the suite found.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

/// The groups of cases, by the suite's numbers and names.
const GROUPS: [(u32, &str); 11] = [
    (1, "Framing"),
    (2, "Pings and pongs"),
    (3, "Reserved bits"),
    (4, "Opcodes"),
    (5, "Fragmentation"),
    (6, "UTF-8"),
    (7, "Closing"),
    (9, "Limits and performance"),
    (10, "Miscellaneous"),
    (12, "Compression, different payloads"),
    (13, "Compression, different parameters"),
];
/// From this group on it is about compression.
const COMPRESSION: u32 = 12;

/// How a case is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Ok,
    NonStrict,
    Informational,
    Unimplemented,
    Failed,
}

const VERDICTS: [(Verdict, &str); 5] = [
    (Verdict::Ok, "OK"),
    (Verdict::NonStrict, "NON-STRICT"),
    (Verdict::Informational, "INFORMATIONAL"),
    (Verdict::Unimplemented, "UNIMPLEMENTED"),
    (Verdict::Failed, "failed"),
];

/// One case: its number, and what the suite says of the messages and of the close.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    number: Vec<u32>,
    behavior: String,
    close: String,
}

impl Case {
    fn group(&self) -> u32 {
        self.number.first().copied().unwrap_or(0)
    }

    /// The worse of the two: a close may fail a case that is otherwise OK.
    fn verdict(&self) -> Verdict {
        let known = |behavior: &str| {
            let known = VERDICTS.iter().find(|(_, name)| *name == behavior);
            known.map_or(Verdict::Failed, |(verdict, _)| *verdict)
        };
        match known(&self.behavior).max(known(&self.close)) {
            Verdict::Unimplemented if self.group() < COMPRESSION => Verdict::Failed,
            verdict => verdict,
        }
    }

    fn shown(&self) -> String {
        let number: Vec<_> = self.number.iter().map(u32::to_string).collect();
        let number = number.join(".");
        if self.behavior == self.close {
            format!("{number}: {}", self.behavior)
        } else {
            format!("{number}: {}, its close {}", self.behavior, self.close)
        }
    }
}

/// All cases of one run, in their order.
#[derive(Debug)]
pub(super) struct Report(Vec<Case>);

impl Report {
    /// Reads the suite's `index.json`.
    pub(super) fn read(index: &str) -> Result<Self, String> {
        let strange = || "the suite's report is not what is known of it".to_owned();
        let index: Value = serde_json::from_str(index).map_err(|_| strange())?;
        let agents = index.as_object().ok_or_else(strange)?;
        let mut cases = Vec::new();
        for (number, case) in agents.values().filter_map(Value::as_object).flatten() {
            let said = |key: &str| case[key].as_str().map(str::to_owned).ok_or_else(strange);
            let number = number.split('.').map(str::parse);
            cases.push(Case {
                number: number.collect::<Result<_, _>>().map_err(|_| strange())?,
                behavior: said("behavior")?,
                close: said("behaviorClose")?,
            });
        }
        cases.sort_by(|a, b| a.number.cmp(&b.number));
        Ok(Self(cases))
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The cases that must not be as they are.
    pub(super) fn failed(&self) -> Vec<String> {
        let failed = |case: &&Case| case.verdict() == Verdict::Failed;
        self.0.iter().filter(failed).map(Case::shown).collect()
    }

    /// The table of counts by group.
    pub(super) fn table(&self) -> String {
        let mut table = "| | cases |".to_owned();
        let _ = VERDICTS
            .iter()
            .try_for_each(|(_, name)| write!(table, " {name} |"));
        table.push_str("\n|---|---:|---:|---:|---:|---:|---:|\n");
        let mut groups: BTreeMap<u32, Vec<Verdict>> = BTreeMap::new();
        for case in &self.0 {
            groups.entry(case.group()).or_default().push(case.verdict());
        }
        for (group, verdicts) in groups {
            let name = GROUPS.iter().find(|(number, _)| *number == group);
            let name = name.map_or("", |(_, name)| name);
            let _ = write!(table, "| {group} {name} | {} |", verdicts.len());
            for (verdict, _) in VERDICTS {
                let count = verdicts.iter().filter(|found| **found == verdict).count();
                let _ = write!(table, " {count} |");
            }
            table.push('\n');
        }
        table
    }

    /// The page of the book.
    pub(super) fn page(&self, version: &str) -> String {
        let mut page = format!(
            "# The Autobahn test suite\n\n\
             The [Autobahn test suite](https://github.com/crossbario/autobahn-testsuite) is the field's reference for \
             the WebSocket\nprotocol. Its client (version {version}) speaks to a small server, `conformance-echo`, \
             that echoes every message through\nthe connection code of all consumers. `cargo xtask autobahn` runs it \
             where there is a Python 2.7, fails on what failed,\nand renews this page.\n\n\
             A case is listed by the worse of what the suite says of its messages and of its close.\n\n{}",
            self.table()
        );
        page.push_str(
            "\nINFORMATIONAL is where RFC 6455 leaves the outcome open. Compression is not implemented: no extension is \
             agreed on, and\na client that offers one goes on without.\n",
        );
        let notable = |case: &&Case| {
            !matches!(case.verdict(), Verdict::Ok) && case.verdict() != Verdict::Unimplemented
        };
        let notable: Vec<_> = self.0.iter().filter(notable).map(Case::shown).collect();
        if !notable.is_empty() {
            page.push_str("\nThe cases that are not simply OK:\n\n");
            for case in notable {
                let _ = writeln!(page, "- {case}");
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(cases: &[(&str, &str, &str)]) -> Report {
        let cases = cases.iter().map(|(number, behavior, close)| {
            let case = serde_json::json!({
                "behavior": behavior, "behaviorClose": close, "duration": 1, "remoteCloseCode": null,
            });
            ((*number).to_owned(), case)
        });
        let agent = Value::Object(cases.collect());
        Report::read(&serde_json::json!({ "realtime": agent }).to_string()).unwrap()
    }

    #[test]
    fn what_is_ok_non_strict_or_informational_passes() {
        let report = report(&[
            ("1.1.1", "OK", "OK"),
            ("6.4.1", "NON-STRICT", "OK"),
            ("7.1.6", "INFORMATIONAL", "INFORMATIONAL"),
            ("10.1.1", "OK", "INFORMATIONAL"),
        ]);
        assert_eq!(report.failed(), [""; 0]);
    }

    #[test]
    fn all_else_fails_in_its_close_too() {
        let report = report(&[
            ("10.1.1", "FAILED", "OK"),
            ("2.5", "OK", "FAILED BY CLIENT"),
            ("9.1.1", "UNIMPLEMENTED", "OK"),
            ("7.1.1", "OK", "UNCLEAN"),
            ("7.1.2", "SOMETHING NEW", "SOMETHING NEW"),
        ]);
        let expected = [
            "2.5: OK, its close FAILED BY CLIENT",
            "7.1.1: OK, its close UNCLEAN",
            "7.1.2: SOMETHING NEW",
            "9.1.1: UNIMPLEMENTED, its close OK",
            "10.1.1: FAILED, its close OK",
        ];
        assert_eq!(report.failed(), expected);
    }

    #[test]
    fn compression_may_be_unimplemented_but_not_wrong() {
        let report = report(&[
            ("12.1.1", "UNIMPLEMENTED", "OK"),
            ("13.1.1", "FAILED", "OK"),
        ]);
        assert_eq!(report.failed(), ["13.1.1: FAILED, its close OK"]);
    }

    #[test]
    fn groups_are_counted_and_the_cases_that_are_not_ok_named() {
        let report = report(&[
            ("10.1.1", "OK", "OK"),
            ("7.1.1", "OK", "OK"),
            ("7.1.6", "INFORMATIONAL", "INFORMATIONAL"),
            ("12.1.1", "UNIMPLEMENTED", "OK"),
        ]);
        let page = report.page("1.2.3");
        assert!(page.contains("\n| 7 Closing | 2 | 1 | 0 | 1 | 0 | 0 |\n| 10 "));
        assert!(page.ends_with("OK:\n\n- 7.1.6: INFORMATIONAL\n"), "{page}");
        assert_eq!(report.count(), 4);
    }

    #[test]
    fn a_report_of_another_form_is_refused() {
        for index in [
            "",
            "[]",
            r#"{"realtime":{"1.1":{}}}"#,
            r#"{"realtime":{"one":{"behavior":"OK","behaviorClose":"OK"}}}"#,
        ] {
            assert!(Report::read(index).is_err(), "{index}");
        }
    }
}
