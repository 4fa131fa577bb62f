//! What users may write.

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field's name.
    pub field: &'static str,
    /// What it must be instead.
    pub message: String,
}

impl Wrong {
    /// `message` goes on where the field's name ends: "must be …".
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

/// One line of at most `longest` characters, without white space around it.
///
/// # Errors
///
/// It is longer, has several lines, or has control characters.
pub fn line(field: &'static str, value: &str, longest: usize) -> Result<String, Wrong> {
    let value = value.trim();
    if value
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Err(Wrong::new(
            field,
            "must be one line without control characters",
        ));
    }
    no_longer(field, value, longest)
}

/// The text itself, of at most `longest` characters.
///
/// # Errors
///
/// It is longer.
pub fn no_longer(field: &'static str, value: &str, longest: usize) -> Result<String, Wrong> {
    if value.chars().count() > longest {
        return Err(Wrong::new(
            field,
            format!("must have at most {longest} characters"),
        ));
    }
    Ok(value.to_owned())
}

/// A name to sign in with.
///
/// # Errors
///
/// It is empty, or no line of at most 64 characters.
pub fn username(value: &str) -> Result<String, Wrong> {
    let name = line("username", value, 64)?;
    if name.is_empty() {
        return Err(Wrong::new("username", "must not be empty"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_bounded_and_clean() {
        assert_eq!(line("title", "  a b ", 3).as_deref(), Ok("a b"));
        assert_eq!(line("title", "äöü", 3).as_deref(), Ok("äöü"));
        for bad in ["abcd", "a\nb", "a\0b", "a\u{85}b", "a\u{2028}b"] {
            assert!(line("title", bad, 3).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_username_is_not_empty() {
        assert_eq!(username(" ann "), Ok("ann".to_owned()));
        assert_eq!(username(&"x".repeat(64)).map(|name| name.len()), Ok(64));
        for bad in [
            String::new(),
            "  ".to_owned(),
            "a\tb".to_owned(),
            "x".repeat(65),
        ] {
            assert!(username(&bad).is_err(), "{bad:?} was taken");
        }
    }
}
