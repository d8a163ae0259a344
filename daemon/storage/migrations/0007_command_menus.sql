CREATE TABLE command_menus (              -- the menus of commands that Telegram was told
    kind      TEXT NOT NULL,
    chat_id   INTEGER NOT NULL,           -- 0: no one chat
    user_id   INTEGER NOT NULL,           -- 0: no one user
    entries   TEXT NOT NULL,              -- JSON
    PRIMARY KEY (kind, chat_id, user_id)
) STRICT, WITHOUT ROWID;
