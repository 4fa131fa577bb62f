use std::collections::HashSet;

use super::Options;
use super::report::Change;
use super::verdict::{Breaks, Effect, Flow, Side, Verdict};

/// The changes that have been found so far.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) options: Options,
    changes: Vec<Change>,
    /// What several messages share is told once for each way it goes.
    told: HashSet<(String, String, Option<Flow>)>,
}

impl Found {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            changes: Vec::new(),
            told: HashSet::new(),
        }
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// A change on the wire.
    pub(super) fn wire(
        &mut self,
        rule: &'static str,
        path: &str,
        breaks: Breaks,
        sentence: impl Into<String>,
    ) {
        let verdicts = [Side::Client, Side::Server].map(|side| breaks.verdict(side));
        self.push(rule, path, None, verdicts, sentence.into());
    }

    /// A change of what goes one way.
    pub(super) fn flow(
        &mut self,
        rule: &'static str,
        path: &str,
        (flow, effect): (Flow, Effect),
        sentence: impl Into<String>,
    ) {
        let breaks = effect.breaks(flow);
        let verdicts = [Side::Client, Side::Server].map(|side| breaks.verdict(side));
        self.push(rule, path, Some(flow), verdicts, sentence.into());
    }

    /// A change that only people see.
    pub(super) fn docs(&mut self, path: &str, sentence: impl Into<String>) {
        self.push(
            "documentation",
            path,
            None,
            [Verdict::Docs; 2],
            sentence.into(),
        );
    }

    fn push(
        &mut self,
        rule: &'static str,
        path: &str,
        flow: Option<Flow>,
        [client, server]: [Verdict; 2],
        sentence: String,
    ) {
        let path = format!("#{path}");
        if self.told.insert((path.clone(), sentence.clone(), flow)) {
            self.changes.push(Change {
                rule,
                path,
                flow,
                sentence,
                client,
                server,
            });
        }
    }
}
