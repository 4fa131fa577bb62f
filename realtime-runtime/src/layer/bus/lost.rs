//! Since when something may be missing of what.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::broker::Gap;

/// The topics of which something may be missing, and since when; `None`: all.
#[derive(Debug, Default)]
pub(super) struct Lost(Mutex<HashMap<Option<Arc<str>>, SystemTime>>);

impl Lost {
    /// A gap begins or ends. Returns when it began.
    ///
    /// `lasts`: whether the end of a topic's gap will be told, as this node is still on the topic.
    pub(super) fn note(
        &self,
        gap: &Gap,
        now: SystemTime,
        lasts: impl Fn(&str) -> bool,
    ) -> SystemTime {
        let mut lost = self.topics();
        lost.retain(|topic, _| topic.as_deref().is_none_or(&lasts));
        let topics = match &gap.topics {
            None => vec![None],
            Some(topics) => topics.iter().cloned().map(Some).collect(),
        };
        let since = topics.into_iter().map(|topic| {
            if gap.over {
                lost.remove(&topic).unwrap_or(now)
            } else {
                *lost.entry(topic).or_insert(now)
            }
        });
        since.min().unwrap_or(now)
    }

    /// Whether something may be missing of a topic.
    pub(super) fn has(&self, topic: &Arc<str>) -> bool {
        self.topics().contains_key(&Some(Arc::clone(topic)))
    }

    /// Ends all that has begun. Returns what has, and since when.
    pub(super) fn end(&self) -> Option<(Gap, SystemTime)> {
        let lost = std::mem::take(&mut *self.topics());
        let since = lost.values().min().copied()?;
        let gap = Gap {
            topics: lost.into_keys().collect(),
            over: true,
        };
        Some((gap, since))
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<Option<Arc<str>>, SystemTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn gap(topics: &[&str], over: bool) -> Gap {
        let topics = topics.iter().map(|topic| (*topic).into());
        Gap {
            topics: Some(topics.collect()),
            over,
        }
    }

    fn at(second: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(second)
    }

    #[test]
    fn the_end_says_when_it_began() {
        let lost = Lost::default();
        assert_eq!(lost.note(&gap(&["a", "b"], false), at(1), |_| true), at(1));
        assert_eq!(lost.note(&gap(&["b"], false), at(2), |_| true), at(1));
        assert_eq!(lost.note(&gap(&["b", "c"], true), at(3), |_| true), at(1));
        assert_eq!(lost.note(&gap(&["b"], true), at(4), |_| true), at(4));
        assert_eq!(lost.note(&gap(&["a"], true), at(5), |_| true), at(1));
    }

    #[test]
    fn what_nobody_will_end_is_forgotten() {
        let lost = Lost::default();
        lost.note(&gap(&["a", "b"], false), at(1), |_| true);
        lost.note(&gap(&["b"], false), at(2), |topic| topic != "a");
        assert_eq!(lost.topics().len(), 1);
    }

    #[test]
    fn all_that_has_begun_ends_at_once() {
        let lost = Lost::default();
        lost.note(&gap(&["a"], false), at(1), |_| true);
        assert!(lost.has(&"a".into()));
        assert_eq!(lost.end(), Some((gap(&["a"], true), at(1))));
        assert!(!lost.has(&"a".into()));
        assert_eq!(lost.end(), None);
    }
}
