//! Notifications, and how many of them are unread.
//!
//! A change to a user's notifications raises the revision of the user's inbox in the same transaction. A snapshot is read in one
//! transaction too, so a revision says of every change whether the snapshot has it or not.

use notifications_contract::{Notification, Snapshot, Unread};
use sqlx::SqliteConnection;

use super::SqliteStore;

/// A notification that is not stored yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// One line.
    pub title: String,
    /// Any number of lines.
    pub body: String,
    /// Where to read more.
    pub url: Option<String>,
    /// A word to sort by.
    pub category: String,
}

/// A notification just stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Whom it is for.
    pub user_id: i64,
    /// As it was stored.
    pub notification: Notification,
    /// The user's count after it.
    pub unread: Unread,
}

type Row = (i64, String, String, Option<String>, String, String, bool);

fn notification((id, title, body, url, category, created_at, read): Row) -> Notification {
    Notification {
        id,
        title,
        body,
        url,
        category,
        created_at,
        read,
    }
}

fn unread((revision, count): (i64, i64)) -> Unread {
    Unread { revision, count }
}

impl SqliteStore {
    /// Stores a notification for the user named `to`. `None` if there is no such user.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub async fn add(&self, to: &str, draft: &Draft) -> Result<Option<Stored>, sqlx::Error> {
        let mut transaction = self.accounts.writer().begin_with("BEGIN IMMEDIATE").await?;
        let user_id: Option<i64> = sqlx::query_scalar("SELECT id FROM users WHERE name = ?")
            .bind(to)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(user_id) = user_id else {
            return Ok(None);
        };
        let row: Row = sqlx::query_as(
            "INSERT INTO notifications (user_id, title, body, url, category) VALUES (?, ?, ?, ?, ?)
             RETURNING id, title, body, url, category, created_at, read",
        )
        .bind(user_id)
        .bind(&draft.title)
        .bind(&draft.body)
        .bind(&draft.url)
        .bind(&draft.category)
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query("INSERT INTO inboxes (user_id) VALUES (?) ON CONFLICT (user_id) DO NOTHING")
            .bind(user_id)
            .execute(&mut *transaction)
            .await?;
        let unread = count_changed(&mut transaction, user_id, 1).await?;
        transaction.commit().await?;
        Ok(Some(Stored {
            user_id,
            notification: notification(row),
            unread,
        }))
    }

    pub(super) async fn read_snapshot(
        &self,
        user_id: i64,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Snapshot, sqlx::Error> {
        let mut transaction = self.accounts.reader().begin().await?;
        let unread = count(&mut transaction, user_id).await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, title, body, url, category, created_at, read FROM notifications
             WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        )
        .bind(user_id)
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Snapshot {
            unread,
            notifications: rows.into_iter().map(notification).collect(),
        })
    }

    pub(super) async fn set_read(
        &self,
        user_id: i64,
        id: i64,
    ) -> Result<Option<Unread>, sqlx::Error> {
        let mut transaction = self.accounts.writer().begin_with("BEGIN IMMEDIATE").await?;
        let read: Option<bool> =
            sqlx::query_scalar("SELECT read FROM notifications WHERE id = ? AND user_id = ?")
                .bind(id)
                .bind(user_id)
                .fetch_optional(&mut *transaction)
                .await?;
        let unread = match read {
            None => return Ok(None),
            Some(true) => count(&mut transaction, user_id).await?,
            Some(false) => {
                sqlx::query("UPDATE notifications SET read = 1 WHERE id = ?")
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
                count_changed(&mut transaction, user_id, -1).await?
            }
        };
        transaction.commit().await?;
        Ok(Some(unread))
    }

    pub(super) async fn set_all_read(&self, user_id: i64) -> Result<Unread, sqlx::Error> {
        let mut transaction = self.accounts.writer().begin_with("BEGIN IMMEDIATE").await?;
        let changed =
            sqlx::query("UPDATE notifications SET read = 1 WHERE user_id = ? AND read = 0")
                .bind(user_id)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        let unread = match i64::try_from(changed) {
            Ok(0) => count(&mut transaction, user_id).await?,
            Ok(changed) => count_changed(&mut transaction, user_id, -changed).await?,
            Err(error) => return Err(sqlx::Error::Protocol(error.to_string())),
        };
        transaction.commit().await?;
        Ok(unread)
    }
}

async fn count(connection: &mut SqliteConnection, user_id: i64) -> Result<Unread, sqlx::Error> {
    let row: Option<_> = sqlx::query_as("SELECT revision, unread FROM inboxes WHERE user_id = ?")
        .bind(user_id)
        .fetch_optional(connection)
        .await?;
    // Nothing has come yet.
    Ok(unread(row.unwrap_or_default()))
}

/// The user has an inbox: something was put into it.
async fn count_changed(
    connection: &mut SqliteConnection,
    user_id: i64,
    by: i64,
) -> Result<Unread, sqlx::Error> {
    let row = sqlx::query_as(
        "UPDATE inboxes SET revision = revision + 1, unread = unread + ? WHERE user_id = ? RETURNING revision, unread",
    );
    row.bind(by)
        .bind(user_id)
        .fetch_one(connection)
        .await
        .map(unread)
}
