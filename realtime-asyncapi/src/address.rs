//! Addresses: paths with `{parameters}`.

/// The path as the specification writes it: a parameter for the rest of a path is `{*rest}` for the router only.
pub(crate) fn normalised(path: &str) -> String {
    path.replace("{*", "{")
}

/// The names of the parameters, in order.
pub(crate) fn parameters(path: &str) -> Vec<String> {
    let pieces = path
        .split('{')
        .skip(1)
        .filter_map(|piece| piece.split_once('}'));
    pieces
        .map(|(name, _)| name.trim_start_matches('*').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_in_order() {
        assert_eq!(parameters("/ws/{room}/x-{user}"), ["room", "user"]);
    }

    #[test]
    fn the_rest_of_a_path_is_a_parameter() {
        assert_eq!(parameters("/files/{*rest}"), ["rest"]);
        assert_eq!(normalised("/files/{*rest}"), "/files/{rest}");
    }
}
