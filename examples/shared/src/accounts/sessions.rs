//! Who is signed in.

use axum_extra::extract::SignedCookieJar;
use example_contract::{SESSION_COOKIE, Session, Sessions};
use http::HeaderMap;

use super::Accounts;

impl Accounts {
    /// Opens a session for the user of that name, who is made if there is none.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub async fn sign_in(&self, username: &str) -> Result<Session, sqlx::Error> {
        let id = random_id()?;
        let mut transaction = self.inner.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("INSERT INTO users (name) VALUES (?) ON CONFLICT (name) DO NOTHING")
            .bind(username)
            .execute(&mut *transaction)
            .await?;
        let user_id: i64 = sqlx::query_scalar("SELECT id FROM users WHERE name = ?")
            .bind(username)
            .fetch_one(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO sessions (id, user_id) VALUES (?, ?)")
            .bind(&id)
            .bind(user_id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Session {
            id,
            user_id,
            username: username.to_owned(),
        })
    }

    /// Ends a session: from now on its cookie is worthless.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub async fn sign_out(&self, session: &str) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM sessions WHERE id = ?")
            .bind(session)
            .execute(&self.inner.writer)
            .await?;
        Ok(())
    }
}

impl Sessions for Accounts {
    type Error = sqlx::Error;

    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, sqlx::Error> {
        let Some(cookie) =
            SignedCookieJar::from_headers(headers, self.inner.key.clone()).get(SESSION_COOKIE)
        else {
            return Ok(None);
        };
        let id = cookie.value();
        let found: Option<(i64, String)> = sqlx::query_as(
            "SELECT users.id, users.name FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id = ?",
        )
        .bind(id)
        .fetch_optional(&self.inner.reader)
        .await?;
        Ok(found.map(|(user_id, username)| Session {
            id: id.to_owned(),
            user_id,
            username,
        }))
    }
}

/// 128 random bits in hexadecimal.
fn random_id() -> Result<String, sqlx::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
