//! Properties and items.

use std::collections::BTreeSet;

use serde_json::Value;

use super::kinds::Kinds;
use super::shape::{Additional, Place, Shape};
use super::subject::Subject;
use super::{Effect, Walk};

static ANYTHING: Value = Value::Bool(true);

impl Walk {
    pub(super) fn object(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        if !both_have(old, new, Kinds::OBJECT) {
            return;
        }
        let names: BTreeSet<&str> = [old, new]
            .iter()
            .flat_map(|shape| shape.properties.keys().chain(&shape.required).copied())
            .collect();
        for name in names {
            let known = |shape: &Shape<'_>| {
                shape.properties.contains_key(name) || shape.required.contains(name)
            };
            match (known(old), known(new)) {
                (true, true) => self.property(name, old, new, subject),
                (true, false) => self.removed(name, old, new, subject),
                (false, true) => self.added(name, old, new, subject),
                (false, false) => {}
            }
        }
        self.additional(old, new, subject);
        self.patterns(old, new, subject);
    }

    fn property(&mut self, name: &str, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let field = subject.field(name);
        let pointer = pointer(new, name);
        match (old.required.contains(name), new.required.contains(name)) {
            (false, true) => {
                let sentence = format!("{field} is required now");
                self.change("field-required", &pointer, Effect::NARROWER, sentence);
            }
            (true, false) => {
                let sentence = format!("{field} is optional now");
                self.change("field-optional", &pointer, Effect::WIDER, sentence);
            }
            _ => {}
        }
        match (old.properties.get(name), new.properties.get(name)) {
            (Some(was), Some(is)) => self.places(was, is, &field),
            (Some(was), None) => {
                let anything = Place::new(was.resolver, &pointer, &ANYTHING);
                self.places(was, &anything, &field);
            }
            (None, Some(is)) => {
                let anything = Place::new(is.resolver, &pointer, &ANYTHING);
                self.places(&anything, is, &field);
            }
            (None, None) => {}
        }
    }

    fn added(&mut self, name: &str, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        // A reader of the old schema passes over it, unless that forbids it.
        let refused = matches!(old.additional, Additional::Closed);
        let required = new.required.contains(name);
        let kind = if required { "required" } else { "optional" };
        let sentence = format!("{} is new, {kind}", subject.field(name));
        let effect = Effect::new(required, refused);
        self.change("field-added", &pointer(new, name), effect, sentence);
    }

    fn removed(&mut self, name: &str, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let refused = matches!(new.additional, Additional::Closed);
        let required = old.required.contains(name);
        let kind = if required { "required" } else { "optional" };
        let sentence = format!("{} is gone, was {kind}", subject.field(name));
        let effect = Effect::new(refused, required);
        self.change("field-removed", &pointer(old, name), effect, sentence);
    }

    fn additional(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        use Additional::{Closed, Open, Schema};
        let (effect, sentence) = match (&old.additional, &new.additional) {
            (Open, Open) | (Closed, Closed) => return,
            (Schema(was), Schema(is)) => {
                self.places(was, is, &subject.field("*"));
                return;
            }
            (Open, Closed) | (Schema(_), Closed) => (
                Effect::NARROWER,
                format!("{subject} may have no fields any more that are not named"),
            ),
            (Closed, Open) | (Closed, Schema(_)) => (
                Effect::WIDER,
                format!("{subject} may have fields now that are not named"),
            ),
            (Open, Schema(_)) => (
                Effect::NARROWER,
                format!("fields of {subject} that are not named have a type now"),
            ),
            (Schema(_), Open) => (
                Effect::WIDER,
                format!("fields of {subject} that are not named are of any type now"),
            ),
        };
        self.change("additional-fields", &new.pointer, effect, sentence);
    }

    fn patterns(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        for (pattern, was) in &old.patterns {
            if let Some(is) = new.patterns.get(pattern) {
                self.places(was, is, &subject.field(&format!("/{pattern}/")));
            } else {
                let sentence =
                    format!("fields of {subject} like `{pattern}` are not named any more");
                // Whether that allows more or less depends on what else is said.
                self.change("additional-fields", &new.pointer, Effect::OTHER, sentence);
            }
        }
        for pattern in new
            .patterns
            .keys()
            .filter(|pattern| !old.patterns.contains_key(*pattern))
        {
            let sentence = format!("fields of {subject} like `{pattern}` are named now");
            self.change("additional-fields", &new.pointer, Effect::OTHER, sentence);
        }
    }

    pub(super) fn array(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        if !both_have(old, new, Kinds::ARRAY) {
            return;
        }
        if let (Some(was), Some(is)) = (&old.tuple, &new.tuple) {
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                self.places(was, is, &subject.item(Some(index)));
            }
            if was.len() != is.len() {
                let (is, was) = (is.len(), was.len());
                let sentence = format!("{subject} has {is} items now, had {was}");
                self.change("items", &new.pointer, Effect::OTHER, sentence);
            }
            return;
        }
        let item = subject.item(None);
        match (&old.items, &new.items) {
            _ if old.tuple.is_some() || new.tuple.is_some() => {
                let sentence = format!("the items of {subject} are laid out otherwise");
                self.change("items", &new.pointer, Effect::OTHER, sentence);
            }
            (Some(was), Some(is)) => self.places(was, is, &item),
            (Some(was), None) => {
                let place = format!("{}/items", new.pointer);
                let anything = Place::new(was.resolver, &place, &ANYTHING);
                self.places(was, &anything, &item);
            }
            (None, Some(is)) => {
                let place = format!("{}/items", new.pointer);
                let anything = Place::new(is.resolver, &place, &ANYTHING);
                self.places(&anything, is, &item);
            }
            (None, None) => {}
        }
    }
}

/// Whether both may be of this type: what is said of another does not matter.
fn both_have(old: &Shape<'_>, new: &Shape<'_>, kind: Kinds) -> bool {
    [old, new]
        .iter()
        .all(|shape| shape.kinds.is_none_or(|kinds| kinds.has(kind)))
}

fn pointer(shape: &Shape<'_>, name: &str) -> String {
    match shape.properties.get(name) {
        Some(place) => place.pointer.clone(),
        None => format!("{}/required", shape.pointer),
    }
}
