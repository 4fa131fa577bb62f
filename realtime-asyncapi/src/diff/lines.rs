//! A committed document and a fresh one, line by line.

use std::fmt;

/// Equal lines shown around a difference.
const CONTEXT: usize = 3;
/// Lines shown at most; who needs more renews the file and asks version control.
const MOST_LINES: usize = 60;
/// Beyond this many cells no alignment is sought inside the part that differs.
const MOST_CELLS: usize = 16_000_000;

/// The committed document is not what the code says; its `Display` shows the lines that differ.
///
/// Lines with `-` are in the committed document only, lines with `+` in the fresh one only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    shown: String,
    removed: usize,
    added: usize,
}

impl Stale {
    /// How many lines the committed document has that the fresh one lacks.
    pub fn removed(&self) -> usize {
        self.removed
    }

    /// How many lines the fresh document has that the committed one lacks.
    pub fn added(&self) -> usize {
        self.added
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "lines: {} removed, {} added\n{}",
            self.removed, self.added, self.shown
        )
    }
}

impl std::error::Error for Stale {}

/// Compares line by line. Line endings do not count: version control may turn `\n` into `\r\n`.
///
/// # Errors
///
/// Returns [`Stale`] where the texts differ.
///
/// # Examples
///
/// ```
/// use realtime_asyncapi::diff;
///
/// assert_eq!(diff::compare("a\nb\n", "a\nb\n"), Ok(()));
///
/// let stale = diff::compare("a\nb\n", "a\nc\n").unwrap_err();
/// assert_eq!(stale.to_string(), "lines: 1 removed, 1 added\n@@ line 1 @@\n a\n-b\n+c\n");
/// ```
pub fn compare(committed: &str, fresh: &str) -> Result<(), Stale> {
    let (old, new): (Vec<&str>, Vec<&str>) = (committed.lines().collect(), fresh.lines().collect());
    if old == new {
        return Ok(());
    }
    let lines = align(&old, &new);
    let count = |sign| lines.iter().filter(|line| line.sign == sign).count();
    Err(Stale {
        removed: count('-'),
        added: count('+'),
        shown: show(&lines),
    })
}

struct Line<'a> {
    sign: char,
    text: &'a str,
    /// Number of the next line of the committed text.
    number: usize,
}

/// Both texts in one, by a longest common subsequence of the part that is neither common head nor common tail.
fn align<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (old_part, new_part) = (
        &old_rest[..old_rest.len() - tail],
        &new_rest[..new_rest.len() - tail],
    );

    let mut lines = Vec::new();
    let mut number = 1;
    let mut push = |sign, text| {
        lines.push(Line { sign, text, number });
        number += usize::from(sign != '+');
    };
    old[..head].iter().for_each(|text| push(' ', text));
    let (mut a, mut b) = (0, 0);
    if old_part.len().saturating_mul(new_part.len()) <= MOST_CELLS {
        let width = new_part.len() + 1;
        // common[a * width + b]: the longest common subsequence of what follows `a` and `b`.
        let mut common = vec![0_u32; (old_part.len() + 1) * width];
        for a in (0..old_part.len()).rev() {
            for b in (0..new_part.len()).rev() {
                common[a * width + b] = if old_part[a] == new_part[b] {
                    common[(a + 1) * width + b + 1] + 1
                } else {
                    common[(a + 1) * width + b].max(common[a * width + b + 1])
                };
            }
        }
        while a < old_part.len() && b < new_part.len() {
            if old_part[a] == new_part[b] {
                push(' ', old_part[a]);
                (a, b) = (a + 1, b + 1);
            } else if common[(a + 1) * width + b] >= common[a * width + b + 1] {
                push('-', old_part[a]);
                a += 1;
            } else {
                push('+', new_part[b]);
                b += 1;
            }
        }
    }
    old_part[a..].iter().for_each(|text| push('-', text));
    new_part[b..].iter().for_each(|text| push('+', text));
    old_rest[old_rest.len() - tail..]
        .iter()
        .for_each(|text| push(' ', text));
    lines
}

/// The lines that differ, each group with its surroundings.
fn show(lines: &[Line<'_>]) -> String {
    let near = |index: usize| {
        let from = index.saturating_sub(CONTEXT);
        let to = (index + CONTEXT + 1).min(lines.len());
        lines[from..to].iter().any(|line| line.sign != ' ')
    };
    let mut shown = String::new();
    let mut left = MOST_LINES;
    let mut previous = None;
    for (index, line) in lines.iter().enumerate().filter(|(index, _)| near(*index)) {
        if left == 0 {
            shown.push_str("… and more\n");
            break;
        }
        left -= 1;
        if previous.is_none_or(|previous| previous + 1 != index) {
            shown.push_str(&format!("@@ line {} @@\n", line.number));
        }
        previous = Some(index);
        shown.push(line.sign);
        shown.push_str(line.text);
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_do_not_count() {
        assert_eq!(compare("a\r\nb\r\n", "a\nb\n"), Ok(()));
    }

    #[test]
    fn only_the_surroundings_of_a_difference_are_shown() {
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let stale = compare(&old, &old.replace("10\n", "ten\n")).unwrap_err();
        let expected =
            "lines: 1 removed, 1 added\n@@ line 7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n";
        assert_eq!(stale.to_string(), expected);
    }

    #[test]
    fn an_insertion_removes_nothing() {
        let stale = compare("a\nb\nc\n", "a\nx\nb\ny\nc\n").unwrap_err();
        assert_eq!((stale.removed(), stale.added()), (0, 2));
    }

    #[test]
    fn a_long_difference_is_cut() {
        let fresh: String = (0..1000).map(|n| format!("{n}\n")).collect();
        let shown = compare("", &fresh).unwrap_err().to_string();
        assert!(shown.ends_with("… and more\n"));
        assert_eq!(shown.lines().count(), MOST_LINES + 3);
    }
}
