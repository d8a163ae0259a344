-- When the question was written, by Telegram's clock: what follows it soon belongs to it.

ALTER TABLE tickets ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;    -- seconds since the epoch

CREATE INDEX tickets_by_asker ON tickets (cust_group_id, user_id, asked_at);
