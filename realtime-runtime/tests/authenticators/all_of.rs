//! `AllOf`.

use std::time::{Duration, SystemTime};

use realtime_runtime::auth::{AllOf, Authenticator, Optional};

use crate::fake::{Fake, Known, asked, refreshed};

type All = AllOf<Fake<0>, Fake<1>>;
type Identity = (Known, Known);

fn show((first, second): Identity) -> String {
    format!("{} and {}", first.by, second.by)
}

fn identity(first: &str, second: &str) -> Identity {
    (Known::from(first), Known::from(second))
}

#[tokio::test]
async fn both_must_know_the_client() {
    const MISSING: &str = "close 4401 unauthenticated: a part of the credentials is missing";
    const INTERNAL: &str = "internal: the secret of the authenticator";
    for (first, second, outcome) in [
        ("ann", "bob", "ann and bob"),
        ("ann", "bad", "close 4401 unauthenticated: bad 1"),
        ("bad", "bob", "close 4401 unauthenticated: bad 0"),
        ("bad", "bad", "close 4401 unauthenticated: bad 0"),
        ("none", "none", "no credentials"),
        // Half of the credentials are bad ones, not none.
        ("ann", "none", MISSING),
        ("none", "bob", MISSING),
        ("none", "bad", "close 4401 unauthenticated: bad 1"),
        ("bad", "none", "close 4401 unauthenticated: bad 0"),
        ("ann", "forbidden", "close 4403 forbidden: forbidden 1"),
        ("forbidden", "bob", "close 4403 forbidden: forbidden 0"),
        ("error", "bob", INTERNAL),
        ("ann", "error", INTERNAL),
        ("none", "error", INTERNAL),
    ] {
        let headers = [("x-0", first), ("x-1", second)];
        assert_eq!(
            asked::<All>(&headers, show).await,
            outcome,
            "{first}, {second}"
        );
        // Half of the credentials make no stranger of the client either.
        let stranger = |known: Option<Identity>| known.map_or("nobody".to_owned(), show);
        let optional = asked::<Optional<All>>(&headers, stranger).await;
        let outcome = outcome.replace("no credentials", "nobody");
        assert_eq!(optional, outcome, "{first}, {second}");
    }
}

#[tokio::test]
async fn user_and_session_are_those_of_the_first_that_has_one_and_the_first_to_expire_counts() {
    let both = identity("ann/1/60", "bob/2/30");
    assert_eq!(All::user(&both).as_deref(), Some("ann"));
    assert_eq!(All::session(&both).as_deref(), Some("1"));
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(All::expires(&both), at(30));
    let second = identity("", "bob/2/90");
    assert_eq!(All::user(&second).as_deref(), Some("bob"));
    assert_eq!(All::session(&second).as_deref(), Some("2"));
    assert_eq!(All::expires(&second), at(90));
    assert_eq!(All::expires(&identity("ann", "bob")), None);
}

#[tokio::test]
async fn a_fresh_token_renews_one_part_and_the_other_stays() {
    let both = identity("ann/1", "bob/2");
    for (token, outcome) in [
        ("0:ann/1/60", "ann/1/60 and bob/2"),
        ("1:bob/2/60", "ann/1 and bob/2/60"),
        ("2:cid", "close 4401 unauthenticated: not for 0"),
        ("1:bad", "close 4401 unauthenticated: not for 0"),
        ("0:bad", "close 4401 unauthenticated: bad 0"),
        ("0:forbidden", "close 4403 forbidden: forbidden 0"),
        ("0:error", "internal: the secret of the authenticator"),
        ("1:error", "internal: the secret of the authenticator"),
    ] {
        let found = refreshed::<All>(&both, token, show).await;
        assert_eq!(found, outcome, "{token}");
    }
}

#[tokio::test]
async fn no_part_becomes_another_users_behind_the_back_of_the_other() {
    const OTHER: &str = "close 4403 forbidden: the token is another user's or session's";
    let both = identity("ann/1", "bob/2");
    for token in ["1:ann/2", "1:bob/3", "1:bob", "0:bob/1", "0:ann"] {
        let found = refreshed::<All>(&both, token, show).await;
        assert_eq!(found, OTHER, "{token}");
    }
}

#[tokio::test]
async fn a_part_that_does_not_refresh_is_offered_no_token() {
    type Mixed = AllOf<Fake<2>, Fake<1>>;
    const { assert!(Mixed::REFRESHES) };
    const { assert!(!AllOf::<Fake<2>, Fake<3>>::REFRESHES) };
    let both = identity("ann", "bob");
    let fresh = refreshed::<Mixed>(&both, "1:bob//60", show).await;
    assert_eq!(fresh, "ann and bob//60");
    let refused = refreshed::<Mixed>(&both, "2:ann", show).await;
    assert_eq!(refused, "close 4401 unauthenticated: not for 1");
}

#[tokio::test]
async fn a_recheck_asks_both() {
    for (first, second, holds) in [
        ("ann/1", "bob/2", true),
        ("ann/ended", "bob/2", false),
        ("ann/1", "bob/ended", false),
    ] {
        let both = identity(first, second);
        assert_eq!(All::recheck(&both, &()).await.is_ok(), holds);
    }
}
