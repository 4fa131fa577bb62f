//! One message, before and after.

use serde_json::Value;

use super::contract::{Contract, MessageView};
use super::docs;
use super::found::Found;
use super::schema::{self, Subject};
use super::verdict::{Breaks, Effect, Flow};
use crate::model::Json;

pub(super) struct Pair<'a> {
    pub(super) old: (&'a Contract<'a>, &'a MessageView),
    pub(super) new: (&'a Contract<'a>, &'a MessageView),
}

pub(super) fn compare(pair: &Pair<'_>, flow: Flow, found: &mut Found) {
    let (was, is) = (pair.old.1, pair.new.1);
    let pointer = &is.pointer;
    let subject = format!("`{}`", is.tag);
    if was.tag != is.tag {
        let sentence = format!("the tag of `{}` is `{}` now", was.tag, is.tag);
        found.flow("tag", pointer, (flow, Effect::OTHER), sentence);
    }
    correlation(pair, found);
    if was.message.content_type != is.message.content_type {
        let sentence = format!(
            "the content type of {subject} is {} now, was {}",
            docs::quoted(is.message.content_type.as_deref()),
            docs::quoted(was.message.content_type.as_deref()),
        );
        found.wire("content-type", pointer, Breaks::Both, sentence);
    }
    let anything = Json(Value::Bool(true));
    for (part, old, new, subject) in [
        (
            "payload",
            &was.message.payload,
            &is.message.payload,
            Subject::message(&was.tag, &is.tag),
        ),
        (
            "headers",
            &was.message.headers,
            &is.message.headers,
            Subject::new(format!("the header of {subject}")),
        ),
    ] {
        let (old, new) = (
            old.as_ref().unwrap_or(&anything),
            new.as_ref().unwrap_or(&anything),
        );
        schema::compare(
            (
                &pair.old.0.resolver,
                &format!("{}/{part}", was.pointer),
                &old.0,
            ),
            (&pair.new.0.resolver, &format!("{pointer}/{part}"), &new.0),
            &subject,
            flow,
            found,
        );
    }
    docs::prose(pointer, &subject, (was.prose(), is.prose()), found);
    if was.message.examples != is.message.examples {
        found.docs(
            &format!("{pointer}/examples"),
            format!("the examples of {subject} have changed"),
        );
    }
    let (old, new) = (was.extensions(), is.extensions());
    let deprecated = (docs::is_deprecated(old), docs::is_deprecated(new));
    docs::deprecation(pointer, &subject, deprecated, found);
    docs::extensions(pointer, &subject, (old, new), found);
}

/// Where the identifier stands that ties an answer to its request.
fn correlation(pair: &Pair<'_>, found: &mut Found) {
    let location = |(contract, view): (&Contract<'_>, &MessageView)| {
        let item = view.message.correlation_id.as_ref()?;
        Some(contract.resolver.resolve(item).ok()?.location.clone())
    };
    let (was, is) = (location(pair.old), location(pair.new));
    let pointer = format!("{}/correlationId", pair.new.1.pointer);
    let tag = &pair.new.1.tag;
    if was == is {
        return;
    }
    match (was, is) {
        (None, Some(is)) => {
            let sentence = format!("`{tag}` has a correlation identifier now, at `{is}`");
            found.wire("correlation", &pointer, Breaks::Servers, sentence);
        }
        (_, None) => {
            let sentence = format!("`{tag}` no longer has a correlation identifier");
            found.wire("correlation", &pointer, Breaks::Clients, sentence);
        }
        (Some(was), Some(is)) => {
            let sentence =
                format!("the correlation identifier of `{tag}` is at `{is}` now, was at `{was}`");
            found.wire("correlation", &pointer, Breaks::Both, sentence);
        }
    }
}
