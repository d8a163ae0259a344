-- The parts of a message's album that have to be fetched before it is routed.
-- null: not fetched yet; JSON: a list.

ALTER TABLE inbox ADD COLUMN album TEXT;
