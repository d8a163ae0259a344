-- The message that a question replies to, which has to be fetched before the question is routed.
-- null: not fetched yet; the JSON null: there is nothing to be had.

ALTER TABLE inbox ADD COLUMN context TEXT;
