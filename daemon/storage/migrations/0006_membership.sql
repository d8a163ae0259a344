CREATE TABLE group_events (               -- what happened to groups, not yet routed
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id      INTEGER NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('membership', 'seen')),
    payload      TEXT NOT NULL,           -- JSON
    received_at  INTEGER NOT NULL         -- ms
) STRICT;

CREATE TABLE lookups (                    -- groups to be looked at
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id  INTEGER NOT NULL UNIQUE,
    actor    TEXT                         -- JSON; null: not told
) STRICT;

CREATE TABLE looks (                      -- what the last look at the staff group found
    chat_id         INTEGER PRIMARY KEY,
    username        TEXT,
    linked_channel  TEXT,
    members_told    INTEGER NOT NULL
) STRICT;

CREATE TABLE members (                    -- the bot in every group, everybody in the staff group
    chat_id    INTEGER NOT NULL,
    person_id  INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('admin', 'member', 'muted', 'left')),
    date       INTEGER NOT NULL,          -- seconds, Telegram's clock; 0: found by a look
    PRIMARY KEY (chat_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE admin_notices (              -- each is in the outbox once for every admin
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    told_staff     INTEGER NOT NULL DEFAULT 0  -- 1: since an admin cannot be told in private
) STRICT;

ALTER TABLE outbox ADD COLUMN admin_notice INTEGER REFERENCES admin_notices (id);
