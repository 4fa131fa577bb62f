//! How clients authenticate, wherever the document says it: at the servers or at every operation.

use super::contract::{ChannelView, OperationView};
use super::found::Found;
use super::verdict::Breaks;

type Lists = Vec<Vec<(String, String)>>;

pub(super) fn compare(old: &ChannelView<'_>, new: &ChannelView<'_>, found: &mut Found) {
    let mut pairs: Vec<(&OperationView, &OperationView)> = Vec::new();
    for (key, is) in &new.operations {
        let shares = |of: &&OperationView| of.tags.iter().any(|tag| is.tags.contains(tag));
        let was = old.operations.get(key);
        if let Some(was) = was.or_else(|| old.operations.values().find(shares)) {
            pairs.push((was, is));
        }
    }
    let Some((first_was, first_is)) = pairs.first() else {
        return;
    };
    // A socket is authenticated once, so as a rule all operations of a channel change alike.
    let alike = pairs
        .iter()
        .all(|(was, is)| bare(was) == bare(first_was) && bare(is) == bare(first_is));
    if alike {
        let subject = format!("the channel `{}`", new.key);
        lists(&new.pointer, &subject, (first_was, first_is), found);
        return;
    }
    for (was, is) in pairs {
        let key = is.pointer.rsplit('/').next().unwrap_or_default();
        lists(
            &is.pointer,
            &format!("the operation `{key}`"),
            (was, is),
            found,
        );
    }
}

fn bare(view: &OperationView) -> Vec<Vec<&str>> {
    view.security
        .iter()
        .map(|list| list.iter().map(|(scheme, _)| scheme.as_str()).collect())
        .collect()
}

fn lists(
    pointer: &str,
    subject: &str,
    (was, is): (&OperationView, &OperationView),
    found: &mut Found,
) {
    if bare(was) == bare(is) {
        return;
    }
    let (old, new): (&Lists, &Lists) = (&was.security, &is.security);
    match (old.as_slice(), new.as_slice()) {
        ([], new) => {
            let sentence = format!("{subject} asks for authentication now: {}", said(new));
            found.wire("security-added", pointer, Breaks::Clients, sentence);
        }
        (old, []) => {
            let sentence = format!(
                "{subject} no longer asks for authentication, was {}",
                said(old)
            );
            found.wire("security-removed", pointer, Breaks::Servers, sentence);
        }
        ([old], [new]) => {
            let lacks = |list: &[(String, String)], scheme: &String| {
                !list.iter().any(|(known, _)| known == scheme)
            };
            for (_, name) in old.iter().filter(|(scheme, _)| lacks(new, scheme)) {
                let sentence = format!("{subject} no longer accepts {name} as authentication");
                found.wire("security-removed", pointer, Breaks::Clients, sentence);
            }
            for (_, name) in new.iter().filter(|(scheme, _)| lacks(old, scheme)) {
                let sentence = format!("{subject} accepts {name} as authentication now");
                found.wire("security-added", pointer, Breaks::Servers, sentence);
            }
        }
        (old, new) => {
            let (is, was) = (said(new), said(old));
            let sentence = format!("{subject} asks for {is} now, was {was}");
            let all_of = |some: &[Vec<(String, String)>], others: &[Vec<(String, String)>]| {
                some.iter().all(|list| others.contains(list))
            };
            let breaks = match (all_of(old, new), all_of(new, old)) {
                (true, _) => Breaks::Clients,
                (_, true) => Breaks::Servers,
                _ => Breaks::Both,
            };
            found.wire("security-changed", pointer, breaks, sentence);
        }
    }
}

/// `the cookie a or the header b, and c`.
fn said(lists: &[Vec<(String, String)>]) -> String {
    let alternatives = |list: &Vec<(String, String)>| {
        let names: Vec<&str> = list.iter().map(|(_, name)| name.as_str()).collect();
        names.join(" or ")
    };
    let all: Vec<String> = lists.iter().map(alternatives).collect();
    all.join(", and ")
}
