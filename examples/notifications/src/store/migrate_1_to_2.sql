-- What the users' notifications come to has a table of its own: users are what every example has.

-- Sessions and notifications refer to users, who are away for a moment. The columns cannot be dropped: SQLite takes the
-- comma in their comment for the one before them.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE old_users AS SELECT id, name, revision, unread FROM users;

DROP TABLE users;

CREATE TABLE users (
    id   INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

INSERT INTO users (id, name) SELECT id, name FROM old_users;

CREATE TABLE inboxes (
    user_id  INTEGER PRIMARY KEY REFERENCES users (id),
    revision INTEGER NOT NULL DEFAULT 0,
    unread   INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0)
) STRICT;

INSERT INTO inboxes (user_id, revision, unread) SELECT id, revision, unread FROM old_users WHERE revision > 0;

DROP TABLE old_users;
