-- What became one message, as it was before: it is taken apart again where Telegram refuses the whole.

CREATE TABLE merged (
    outbox_id    INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    id           INTEGER NOT NULL,        -- its own in the outbox, before
    role         TEXT NOT NULL,
    text         TEXT NOT NULL,
    media        TEXT NOT NULL,
    source_chat  INTEGER,
    source_msg   INTEGER,
    queued_at    INTEGER NOT NULL,        -- ms
    PRIMARY KEY (outbox_id, id)
) STRICT, WITHOUT ROWID;
