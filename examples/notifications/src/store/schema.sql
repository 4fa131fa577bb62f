-- What stands beside users and sessions. Applied once, to an empty database, in one transaction with them.

-- A user has a row from the first notification on. Both numbers change with every change to the user's notifications,
-- in the same transaction.
CREATE TABLE inboxes (
    user_id  INTEGER PRIMARY KEY REFERENCES users (id),
    revision INTEGER NOT NULL DEFAULT 0,
    unread   INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0)
) STRICT;

-- AUTOINCREMENT: an id is never used twice, even if the newest row was deleted.
CREATE TABLE notifications (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    title      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    url        TEXT,
    category   TEXT    NOT NULL,
    created_at TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    read       INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1))
) STRICT;

CREATE INDEX notifications_of_user ON notifications (user_id, id);
CREATE INDEX unread_of_user ON notifications (user_id) WHERE read = 0;
