//! Schemas by what they allow.
//!
//! Each keyword is compared for itself, and each change says whether less is allowed than before, more, or something
//! else. What cannot be put in order (`not`, `if`, patterns) counts as something else.

mod bounds;
mod kinds;
mod object;
mod shape;
mod subject;
mod variants;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

pub(super) use self::subject::Subject;

use self::shape::{Place, Shape};
use super::found::Found;
use super::verdict::{Effect, Flow};
use crate::resolve::Resolver;

/// Deeper than this nothing is compared: only a schema that nests without end gets there.
const DEEPEST: usize = 100;

/// Compares two schemas that a frame going this way must satisfy.
pub(super) fn compare(
    (old, old_pointer, old_schema): (&Resolver, &str, &Value),
    (new, new_pointer, new_schema): (&Resolver, &str, &Value),
    subject: &Subject,
    flow: Flow,
    found: &mut Found,
) {
    let mut walk = Walk::default();
    walk.places(
        &Place::new(old, old_pointer, old_schema),
        &Place::new(new, new_pointer, new_schema),
        subject,
    );
    for difference in walk.differences {
        let Difference {
            rule,
            pointer,
            effect,
            sentence,
        } = difference;
        match effect {
            Some(effect) => found.flow(rule, &pointer, (flow, effect), sentence),
            None => found.docs(&pointer, sentence),
        }
    }
}

#[derive(Clone, Debug)]
struct Difference {
    rule: &'static str,
    pointer: String,
    /// `None`: documentation only.
    effect: Option<Effect>,
    sentence: String,
}

/// Where two schemas stand.
type Pointers = (String, String);

#[derive(Default)]
struct Walk {
    /// Pairs that have been compared, or are being compared: a schema may contain itself.
    seen: HashSet<Pointers>,
    /// Those that are being compared.
    within: Vec<Pointers>,
    differences: Vec<Difference>,
    /// Branches that have been tried, and whether they are the same.
    tried: Rc<RefCell<HashMap<Pointers, bool>>>,
}

impl Walk {
    fn change(&mut self, rule: &'static str, pointer: &str, effect: Effect, sentence: String) {
        self.differences.push(Difference {
            rule,
            pointer: pointer.to_owned(),
            effect: Some(effect),
            sentence,
        });
    }

    fn docs(&mut self, pointer: &str, sentence: String) {
        self.differences.push(Difference {
            rule: "documentation",
            pointer: pointer.to_owned(),
            effect: None,
            sentence,
        });
    }

    fn places(&mut self, old: &Place<'_>, new: &Place<'_>, subject: &Subject) {
        let pair = (old.target_pointer(), new.target_pointer());
        if self.within.len() > DEEPEST || !self.seen.insert(pair.clone()) {
            return;
        }
        self.within.push(pair);
        self.shapes(&Shape::of(old), &Shape::of(new), subject);
        self.within.pop();
    }

    fn shapes(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        // What has a name of its own is called by it wherever it is used.
        let subject = &match (&old.name, &new.name) {
            (Some(_), Some(name)) => Subject::component(name),
            _ => subject.clone(),
        };
        self.notes(old, new, subject);
        if let (Some(was), Some(is)) = (&old.unknown, &new.unknown) {
            if was != is {
                let sentence = format!("{subject} refers to something else");
                self.change("schema", &new.pointer, Effect::OTHER, sentence);
            }
            return;
        }
        if old.never || new.never || old.unknown.is_some() || new.unknown.is_some() {
            self.never(old, new, subject);
            return;
        }
        if !(self.variants(old, new, subject) && self.kinds(old, new, subject)) {
            return;
        }
        self.bounds(old, new, subject);
        self.object(old, new, subject);
        self.array(old, new, subject);
        self.others(old, new, subject);
    }

    fn never(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let (effect, sentence) = match (old.never, new.never) {
            (true, true) => return,
            (true, false) => (Effect::WIDER, format!("{subject} is allowed now")),
            (false, true) => (
                Effect::NARROWER,
                format!("{subject} is not allowed any more"),
            ),
            (false, false) => (Effect::OTHER, format!("{subject} refers to something else")),
        };
        self.change("schema", &new.pointer, effect, sentence);
    }

    fn notes(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let deprecated =
            |shape: &Shape<'_>| shape.notes.get("deprecated") == Some(&&Value::Bool(true));
        match (deprecated(old), deprecated(new)) {
            (false, true) => {
                let sentence = format!("{subject} is deprecated now");
                self.change("deprecated", &new.pointer, Effect::NONE, sentence);
            }
            (true, false) => self.docs(&new.pointer, format!("{subject} is deprecated no longer")),
            _ => {}
        }
        let default = |shape: &Shape<'_>| shape.notes.get("default").copied().cloned();
        let (was, is) = (default(old), default(new));
        if was != is {
            let said = |value: Option<Value>| value.map_or("none".to_owned(), |v| format!("`{v}`"));
            let sentence = format!(
                "the default of {subject} is {} now, was {}",
                said(is),
                said(was)
            );
            self.change("default", &new.pointer, Effect::NONE, sentence);
        }
        let prose = |shape: &Shape<'_>| {
            let mut notes: Vec<_> = shape
                .notes
                .iter()
                .map(|(key, value)| (*key, *value))
                .collect();
            notes.retain(|(key, _)| {
                // The title of a message's payload is a name for generators.
                !matches!(*key, "deprecated" | "default" | "title")
            });
            notes
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.clone()))
                .collect::<Vec<_>>()
        };
        if prose(old) != prose(new) {
            self.docs(
                &new.pointer,
                format!("the documentation of {subject} has changed"),
            );
        } else if old.notes.get("title") != new.notes.get("title") {
            self.docs(&new.pointer, format!("{subject} has another title"));
        }
    }

    /// Keywords whose values cannot be put in order.
    fn others(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let keywords = old.others.keys().chain(
            new.others
                .keys()
                .filter(|keyword| !old.others.contains_key(*keyword)),
        );
        for keyword in keywords {
            let (was, is) = (old.others.get(keyword), new.others.get(keyword));
            // The format has an order of its own.
            if was == is || *keyword == "format" {
                continue;
            }
            let said = |value: &Value| match value {
                Value::Array(_) | Value::Object(_) => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            let (is_said, was_said) = (is.and_then(|is| said(is)), was.and_then(|was| said(was)));
            let (effect, end) = match (was, is) {
                (None, _) => (
                    Effect::NARROWER,
                    is_said.map(|is| format!("`{is}` now, was none")),
                ),
                (_, None) => (
                    Effect::WIDER,
                    was_said.map(|was| format!("none now, was `{was}`")),
                ),
                _ => {
                    let both = is_said.zip(was_said);
                    let end = both.map(|(is, was)| format!("`{is}` now, was `{was}`"));
                    (Effect::OTHER, end)
                }
            };
            let end = end.unwrap_or_else(|| match (was, is) {
                (None, _) => "new".to_owned(),
                (_, None) => "gone".to_owned(),
                _ => "another now".to_owned(),
            });
            let sentence = format!("`{keyword}` of {subject} is {end}");
            self.change("constraint", &new.pointer, effect, sentence);
        }
    }

    /// Whether both allow the same, whatever is said of it.
    fn same(&self, old: &Place<'_>, new: &Place<'_>) -> bool {
        let pair = (old.target_pointer(), new.target_pointer());
        if self.within.contains(&pair) {
            return true;
        }
        if let Some(same) = self.tried.borrow().get(&pair) {
            return *same;
        }
        let mut walk = self.fresh();
        walk.seen.remove(&pair);
        walk.places(old, new, &Subject::new("it"));
        let same = walk.says_nothing();
        self.tried.borrow_mut().insert(pair, same);
        same
    }

    /// To try something.
    fn fresh(&self) -> Self {
        Self {
            seen: self.seen.clone(),
            within: self.within.clone(),
            differences: Vec::new(),
            tried: Rc::clone(&self.tried),
        }
    }

    fn says_nothing(&self) -> bool {
        self.differences
            .iter()
            .all(|difference| difference.effect.is_none())
    }
}
