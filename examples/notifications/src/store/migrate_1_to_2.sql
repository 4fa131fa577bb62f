-- What the users' notifications come to has a table of its own: users are what every example has.

CREATE TABLE inboxes (
    user_id  INTEGER PRIMARY KEY REFERENCES users (id),
    revision INTEGER NOT NULL DEFAULT 0,
    unread   INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0)
) STRICT;

INSERT INTO inboxes (user_id, revision, unread) SELECT id, revision, unread FROM users WHERE revision > 0;

ALTER TABLE users DROP COLUMN revision;
ALTER TABLE users DROP COLUMN unread;
