use std::fmt;

/// What a sentence is about: a message or a type, and the way to a part of it.
#[derive(Clone, Debug)]
pub(in crate::diff) struct Subject {
    of: String,
    path: String,
    /// The tag of a message that has another one now, so that its constant need not be told again.
    pub(super) retagged: Option<[String; 2]>,
}

impl Subject {
    /// Something that is called like this.
    pub(in crate::diff) fn new(of: impl Into<String>) -> Self {
        Self {
            of: of.into(),
            path: String::new(),
            retagged: None,
        }
    }

    /// A message.
    pub(in crate::diff) fn message(old_tag: &str, new_tag: &str) -> Self {
        let retagged = (old_tag != new_tag).then(|| [old_tag.to_owned(), new_tag.to_owned()]);
        Self {
            retagged,
            ..Self::new(format!("`{new_tag}`"))
        }
    }

    /// A type with a name.
    pub(super) fn component(name: &str) -> Self {
        Self::new(format!("`{name}`"))
    }

    /// A property of it.
    pub(super) fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self {
            of: self.of.clone(),
            path: format!("{}{dot}{name}", self.path),
            retagged: self.retagged.clone(),
        }
    }

    /// Its items, or one of them.
    pub(super) fn item(&self, index: Option<usize>) -> Self {
        let index = index.map_or(String::new(), |index| index.to_string());
        Self {
            of: self.of.clone(),
            path: format!("{}[{index}]", self.path),
            retagged: None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.of)
        } else {
            write!(f, "`{}` of {}", self.path, self.of)
        }
    }
}
