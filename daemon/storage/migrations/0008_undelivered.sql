-- What became of a person's message: of a copy, or of the answer that it is.

CREATE INDEX outbox_by_source ON outbox (source_chat, source_msg) WHERE source_chat IS NOT NULL;
