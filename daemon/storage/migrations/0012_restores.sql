CREATE TABLE restores (                   -- this database was a backup
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    since           INTEGER NOT NULL,     -- seconds, Telegram's clock: what was read last
    restored_at     INTEGER NOT NULL,     -- ms
    until           INTEGER,              -- seconds, Telegram's clock: nothing from before is
                                          -- relayed; null until the first start
    highest_number  INTEGER NOT NULL,     -- of short ticket numbers that may have been given
    told            INTEGER NOT NULL DEFAULT 0   -- 1: the staff know
) STRICT;

CREATE TABLE missed (                     -- written between the backup and the restore
    chat_id  INTEGER NOT NULL,
    msg_id   INTEGER NOT NULL,
    title    TEXT NOT NULL,               -- of the chat
    sender   TEXT NOT NULL,
    date     INTEGER NOT NULL,            -- seconds, Telegram's clock
    told     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, msg_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE held_back (                  -- were in the outbox at the backup: 'failed' there meanwhile
    outbox_id  INTEGER PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX tickets_open ON tickets (ticket_id) WHERE status = 'open';
