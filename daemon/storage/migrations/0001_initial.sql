-- Column names of customer_groups and tickets are those that operators' queries know.

CREATE TABLE relay (                      -- who uses this database; another bot is refused
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    bot_id       INTEGER NOT NULL,
    staff_group  INTEGER NOT NULL
) STRICT;

CREATE TABLE account_state (              -- the account's update sequence
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    pts   INTEGER NOT NULL,
    qts   INTEGER NOT NULL,
    date  INTEGER NOT NULL,               -- seconds since the epoch, Telegram's clock
    seq   INTEGER NOT NULL
) STRICT;

CREATE TABLE chats (
    chat_id      INTEGER PRIMARY KEY,     -- marked id: -100… supergroup, -… basic group
    title        TEXT NOT NULL,
    access_hash  INTEGER,                 -- null: basic group
    pts          INTEGER,                 -- null: basic group, or not known yet
    top_msg_id   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE customer_groups (
    group_id  INTEGER PRIMARY KEY,
    added_at  INTEGER NOT NULL            -- ms
) STRICT;

CREATE TABLE tickets (
    ticket_id               INTEGER PRIMARY KEY,
    staff_chat_id           INTEGER NOT NULL,
    staff_msg_id            INTEGER,      -- the wrapper; null until it is sent
    cust_group_id           INTEGER NOT NULL,
    cust_msg_id             INTEGER NOT NULL,
    user_id                 INTEGER NOT NULL,
    username                TEXT,
    user_name               TEXT NOT NULL,
    customer_anchor_msg_id  INTEGER,      -- the newest answer in the customer group
    status                  TEXT NOT NULL CHECK (status IN ('open', 'closed')),
    opened_at               INTEGER NOT NULL,                                   -- ms
    closed_at               INTEGER                                             -- ms
) STRICT;

CREATE UNIQUE INDEX tickets_by_wrapper ON tickets (staff_chat_id, staff_msg_id)
    WHERE staff_msg_id IS NOT NULL;
CREATE INDEX tickets_by_group ON tickets (cust_group_id, status);

CREATE TABLE links (                      -- every message that the relay wrote or took up
    chat_id       INTEGER NOT NULL,
    msg_id        INTEGER NOT NULL,
    ticket_id     INTEGER REFERENCES tickets (ticket_id),  -- null: a notice of no ticket
    role          TEXT NOT NULL,
    other_chat_id INTEGER,                -- what it copies or answers to
    other_msg_id  INTEGER,
    PRIMARY KEY (chat_id, msg_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (                      -- received and not yet routed
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id       INTEGER NOT NULL,
    msg_id        INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    content_hash  BLOB NOT NULL,
    payload       TEXT NOT NULL,          -- JSON
    received_at   INTEGER NOT NULL,       -- ms
    UNIQUE (chat_id, msg_id, kind, content_hash)
) STRICT;

CREATE TABLE receipts (                   -- routed with effect; the same again is dropped
    chat_id       INTEGER NOT NULL,
    msg_id        INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    content_hash  BLOB NOT NULL,
    routed_at     INTEGER NOT NULL,       -- ms
    PRIMARY KEY (chat_id, msg_id, kind, content_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX receipts_by_age ON receipts (routed_at);

CREATE TABLE dead_letters (               -- made routing raise; kept for a person to look at
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id   INTEGER NOT NULL,
    msg_id    INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    payload   TEXT NOT NULL,
    error     TEXT NOT NULL,
    at        INTEGER NOT NULL            -- ms
) STRICT;

CREATE TABLE gaps (                       -- messages to be fetched by their ids
    chat_id  INTEGER PRIMARY KEY,
    next_id  INTEGER NOT NULL,
    last_id  INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    destination   INTEGER NOT NULL,
    ticket_id     INTEGER REFERENCES tickets (ticket_id),
    role          TEXT NOT NULL,
    text          TEXT NOT NULL,          -- JSON: text and entities
    media         TEXT NOT NULL,          -- JSON: a list
    reply_chat    INTEGER,
    reply_msg     INTEGER,
    reply_outbox  INTEGER REFERENCES outbox (id) ON DELETE SET NULL,
    source_chat   INTEGER,                -- the person's message that this copies or answers
    source_msg    INTEGER,
    confirm       INTEGER NOT NULL,       -- 1: tell the staff under the source once it is sent
    state         TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'failed')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    queued_at     INTEGER NOT NULL,       -- ms
    claimed_at    INTEGER,                -- ms, Telegram's clock
    floor_msg_id  INTEGER,                -- highest message id known there when claimed
    error         TEXT
) STRICT;

CREATE INDEX outbox_by_destination ON outbox (destination, state, id);
CREATE UNIQUE INDEX outbox_sending ON outbox (destination) WHERE state = 'sending';
CREATE INDEX outbox_by_reply ON outbox (reply_outbox) WHERE reply_outbox IS NOT NULL;
CREATE INDEX outbox_wrappers ON outbox (ticket_id) WHERE role = 'wrapper';

CREATE TABLE outbox_parts (               -- one message each; an album has several
    outbox_id  INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    random_id  INTEGER NOT NULL UNIQUE,
    msg_id     INTEGER,                   -- told by an update before the send was settled
    PRIMARY KEY (outbox_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE waits (                      -- Telegram told us to wait with this chat
    chat_id  INTEGER PRIMARY KEY,
    since    INTEGER NOT NULL,            -- ms
    wait_ms  INTEGER NOT NULL
) STRICT;
