//! Rules as garde derives them, `#[garde(…)]`.

use std::borrow::Cow;

use garde::{
    Validate,
    error::{Kind, Path},
};

use super::rules::{MOST_ERRORS, Step, Violation};

/// A message that has rules and derives `garde::Validate`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ruled<'a, T>(pub &'a T);

impl<T: Validate> Ruled<'_, T> {
    /// What it holds against its rules.
    pub fn judge(&self, keys: Keys) -> Vec<Violation>
    where
        T::Context: Context,
    {
        let mut report = garde::Report::new();
        self.0
            .validate_into(Context::NONE, &mut Path::empty, &mut report);
        let broken = report.iter().take(MOST_ERRORS);
        broken
            .map(|(path, error)| Violation {
                path: steps(path, keys),
                message: error.message().to_owned(),
            })
            .collect()
    }
}

/// Stands in for [`Ruled::judge`] where `garde::Validate` is missing, so that this is reported once: by garde's derive,
/// or for want of [`Rules`]. No such program compiles.
#[doc(hidden)]
pub trait Unruled {
    /// Nothing.
    fn judge(&self, _: Keys) -> Vec<Violation> {
        Vec::new()
    }
}

impl<T> Unruled for Ruled<'_, T> {}

/// What the macros ask of a message with rules that is to derive `garde::Validate` itself.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "nothing checks the rules of `{Self}`",
    label = "a rule that is not checked",
    note = "derive `garde::Validate` beside `Message`"
)]
pub trait Rules: Sized {
    /// Itself, to be judged.
    fn ruled(&self) -> Ruled<'_, Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Validate> Rules for T {
    fn ruled(&self) -> Ruled<'_, Self> {
        Ruled(self)
    }
}

/// The context of rules that are checked before a handler runs: `()`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the rules of a message cannot have the context `{Self}`",
    label = "nobody is there to give this context",
    note = "rules are checked before the handler runs; what needs more than the message is the handler's to check"
)]
pub trait Context: 'static {
    /// The only one there is.
    const NONE: &'static Self;
}

impl Context for () {
    const NONE: &'static Self = &();
}

/// What the first step of garde's paths is on the wire.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Keys {
    /// The field's name, but for these; `None`: the step is not on the wire.
    Known(&'static [(&'static str, Option<&'static str>)]),
    /// It may be no field of the message.
    Unknown,
}

fn steps(path: &Path, keys: Keys) -> Vec<Step> {
    // What garde's own `select!` walks a path with.
    let components = path.__iter().rev().enumerate();
    components
        .filter_map(|(place, (kind, text))| match keys {
            Keys::Known(keys) if place == 0 => match keys.iter().find(|(field, _)| field == text) {
                Some((_, key)) => key.map(|key| Step::Key(key.into())),
                None => Some(Step::Key(Cow::Owned(text.to_string()))),
            },
            _ => match kind {
                Kind::None => None,
                Kind::Key => Some(Step::Field(text.to_string())),
                Kind::Index => text.parse().ok().map(Step::Index),
            },
        })
        .collect()
}
