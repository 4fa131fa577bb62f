//! The page of the book that has the figures.

use std::fs;

use crate::{Outcome, command};

const PAGE: &str = "docs/src/performance.md";
const BEGIN: &str = "<!-- begin: figures, renewed by `cargo xtask bench --write` -->";
const END: &str = "<!-- end: figures -->";

/// Sets these figures in place of those that the page has.
pub(super) fn renew(method: &str, tables: &str) -> Outcome {
    let file = command::root().join(PAGE);
    let page = fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let page = renewed(&page, &format!("{method}\n\n{}", tables.trim()));
    let page = page.ok_or_else(|| format!("{PAGE} has no place for figures"))?;
    fs::write(&file, page).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    eprintln!("{PAGE} has the figures of this run");
    Ok(())
}

fn renewed(page: &str, figures: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{figures}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_renewed() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = renewed(&page, "new").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(renewed(&new, "new").as_deref(), Some(&*new));
        assert_eq!(renewed("a", "new"), None);
    }

    #[test]
    fn the_page_has_a_place_for_figures() {
        let page = fs::read_to_string(command::root().join(PAGE)).unwrap();
        assert!(renewed(&page, "new").is_some());
    }
}
