-- The parts of a message's album that have to be fetched before it is routed.
-- null: not fetched yet; JSON: a list.

ALTER TABLE inbox ADD COLUMN album TEXT;

-- How many parts of an album the staff deleted before it was sent, to be told once it is.

ALTER TABLE outbox ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
