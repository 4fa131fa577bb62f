//! The page and what it loads, all of it part of the program.

use axum::response::Html;
use example_shared::web::{File, Reader, Words, filled};
use notifications_contract::TITLE;

/// How the example shows itself.
pub(crate) static WORDS: Words = Words {
    name: TITLE,
    motto: "In every tab at once.",
    icon: "/assets/bell.svg",
    warning: "Anybody who can open this page can sign in under any name and read what was sent to it.",
    back: "To the notifications",
    files: &[
        File::style(
            "notifications.css",
            include_str!("../../assets/notifications.css"),
        ),
        File::script("fields.js", include_str!("../../assets/fields.js")),
        File::script("list.js", include_str!("../../assets/list.js")),
        File::script("page.js", include_str!("../../assets/page.js")),
        File::script("toasts.js", include_str!("../../assets/toasts.js")),
        File::picture("bell.svg", include_str!("../../assets/bell.svg")),
    ],
    asyncapi: crate::ASYNCAPI,
    openapi: crate::openapi,
};

const REALTIME: &str = include_str!("../../assets/realtime.html");

pub(super) async fn realtime(Reader(session): Reader) -> Html<String> {
    filled(REALTIME, &[("username", &session.username)])
}
