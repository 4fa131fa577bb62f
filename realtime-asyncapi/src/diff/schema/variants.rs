//! Branches of `anyOf` and `oneOf`.

use serde_json::Value;

use super::shape::{Place, Shape};
use super::subject::Subject;
use super::{Effect, Walk};

impl Walk {
    /// Compares the branches. Returns whether the rest is worth a look.
    pub(super) fn variants(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) -> bool {
        match (old.variants.is_empty(), new.variants.is_empty()) {
            (true, true) => return true,
            (false, false) => {
                self.branches(&old.variants, &new.variants, new, subject);
                return true;
            }
            _ => {}
        }
        let (with, without) = if new.variants.is_empty() {
            (old, new)
        } else {
            (new, old)
        };
        // One branch became several, or several became one.
        if with.is_bare() && !without.is_bare() {
            return self.spread(old, new, subject);
        }
        let (effect, sentence) = if new.variants.is_empty() {
            let sentence = format!(
                "{subject} need not be one of {} any more",
                old.variants.len()
            );
            (Effect::WIDER, sentence)
        } else {
            let sentence = format!("{subject} must be one of {} now", new.variants.len());
            (Effect::NARROWER, sentence)
        };
        self.change("alternatives", &new.pointer, effect, sentence);
        true
    }

    fn spread(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) -> bool {
        let whole = |shape: &Shape<'_>, many: &Shape<'_>| -> Option<usize> {
            let same = |place: &Place<'_>| {
                let mut walk = self.fresh();
                let branch = Shape::of(place);
                if many.pointer == old.pointer {
                    walk.shapes(&branch, shape, &Subject::new("it"));
                } else {
                    walk.shapes(shape, &branch, &Subject::new("it"));
                }
                walk.differences.iter().all(|difference| {
                    difference.effect.is_none() || difference.rule.starts_with("null")
                })
            };
            many.variants.iter().position(same)
        };
        let many_is_new = old.variants.is_empty();
        let (many, one) = if many_is_new { (new, old) } else { (old, new) };
        let kept = whole(one, many);
        let mut rest = many.variants.clone();
        if let Some(kept) = kept {
            rest.remove(kept);
        }
        if old.null != new.null {
            let (effect, now) = if new.null {
                (Effect::WIDER, "may be null now")
            } else {
                (Effect::NARROWER, "may not be null any more")
            };
            let rule = if new.null {
                "null-added"
            } else {
                "null-removed"
            };
            self.change(rule, &new.pointer, effect, format!("{subject} {now}"));
        }
        for branch in &rest {
            if many_is_new {
                self.added_branch(branch, subject);
            } else {
                self.removed_branch(branch, new, subject);
            }
        }
        if kept.is_none() {
            let sentence = format!("none of the alternatives of {subject} is what was before");
            self.change("alternatives", &new.pointer, Effect::OTHER, sentence);
        }
        false
    }

    fn branches(
        &mut self,
        old: &[Place<'_>],
        new: &[Place<'_>],
        shape: &Shape<'_>,
        subject: &Subject,
    ) {
        let mut left: Vec<&Place<'_>> = new.iter().collect();
        let mut unmatched = Vec::new();
        for was in old {
            match left.iter().position(|is| self.same(was, is)) {
                // For its documentation.
                Some(at) => self.places(was, left.remove(at), &branch_subject(was, subject)),
                None => unmatched.push(was),
            }
        }
        let mut gone = Vec::new();
        for was in unmatched {
            let mark = mark(was);
            match left
                .iter()
                .position(|is| mark.is_some() && self::mark(is) == mark)
            {
                Some(at) => self.places(was, left.remove(at), &branch_subject(was, subject)),
                None => gone.push(was),
            }
        }
        if let ([was], [is]) = (gone.as_slice(), left.as_slice())
            && old.len() == new.len()
            && mark(was).is_none()
            && mark(is).is_none()
        {
            self.places(was, is, &branch_subject(was, subject));
            return;
        }
        for was in gone {
            self.removed_branch(was, shape, subject);
        }
        for is in left {
            self.added_branch(is, subject);
        }
    }

    fn removed_branch(&mut self, was: &Place<'_>, new: &Shape<'_>, subject: &Subject) {
        let sentence = format!("{subject} may not be {} any more", called(was));
        self.change(
            "alternative-removed",
            &new.pointer,
            Effect::NARROWER,
            sentence,
        );
    }

    fn added_branch(&mut self, is: &Place<'_>, subject: &Subject) {
        let sentence = format!("{subject} may be {} now", called(is));
        self.change("alternative-added", &is.pointer, Effect::WIDER, sentence);
    }
}

fn branch_subject(place: &Place<'_>, subject: &Subject) -> Subject {
    Subject::new(format!("the alternative {} of {subject}", called(place)))
}

/// What tells a branch from the others: properties with a constant, a name, or a type.
fn mark(place: &Place<'_>) -> Option<String> {
    let shape = Shape::of(place);
    let constants = constants(&shape);
    if !constants.is_empty() {
        return Some(format!("{constants:?}"));
    }
    let only_kind = shape.properties.is_empty();
    let kinds = shape
        .kinds
        .filter(|_| only_kind)
        .map(|kinds| kinds.to_string());
    shape.name.clone().or_else(|| title(&shape)).or(kinds)
}

/// Properties that have one value, and which.
fn constants(shape: &Shape<'_>) -> Vec<(String, String)> {
    let constant = |(name, place): (&&str, &Place<'_>)| match Shape::of(place).values.as_deref() {
        Some([Value::String(value)]) => Some(((*name).to_owned(), value.clone())),
        _ => None,
    };
    shape.properties.iter().filter_map(constant).collect()
}

fn title(shape: &Shape<'_>) -> Option<String> {
    shape.notes.get("title")?.as_str().map(str::to_owned)
}

/// How a sentence calls a branch.
fn called(place: &Place<'_>) -> String {
    let shape = Shape::of(place);
    if let Some(name) = shape.name.clone().or_else(|| title(&shape)) {
        return format!("`{name}`");
    }
    if let Some((name, value)) = constants(&shape).into_iter().next() {
        return format!("an object whose `{name}` is `{value}`");
    }
    let quoted = |names: Vec<String>, between: &str| -> String {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(between)
    };
    if let Some(values) = &shape.values {
        return quoted(values.iter().map(ToString::to_string).collect(), " or ");
    }
    if !shape.properties.is_empty() {
        let names = shape.properties.keys().map(ToString::to_string).collect();
        return format!("an object of {}", quoted(names, ", "));
    }
    shape
        .kinds
        .map_or("anything".to_owned(), |kinds| kinds.to_string())
}
