CREATE TABLE chat_aliases (               -- basic groups that became supergroups
    old_chat_id  INTEGER PRIMARY KEY,     -- message keys go on with it: its ids are others
    new_chat_id  INTEGER NOT NULL
) STRICT;

CREATE INDEX chat_aliases_by_new ON chat_aliases (new_chat_id);
