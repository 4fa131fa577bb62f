//! What a client is told in words.

use std::borrow::Cow;

/// serde's words without the position, which counts from another beginning than the client's.
pub(super) fn message_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = &text[..text.rfind(" at line ").unwrap_or(text.len())];
    match text.rsplit_once("expected ") {
        Some((before, ty)) if plain(ty).is_some() => {
            let expected = plain(ty).unwrap_or(ty);
            format!("{}expected {expected}", shorten(before))
        }
        _ => shorten(text).into_owned(),
    }
}

/// What a client calls what Rust calls `u32`.
fn plain(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "u8" => "an integer from 0 to 255",
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "u64" | "u128" | "usize" => "an integer from 0",
        "i8" => "an integer from -128 to 127",
        "i16" => "an integer from -32768 to 32767",
        "i32" => "an integer from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "an integer",
        "f32" | "f64" => "a number",
        _ => return None,
    })
}

/// Cuts what repeats a client's own value.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    const MOST: usize = 200;
    if text.len() <= MOST {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(MOST)]))
}
