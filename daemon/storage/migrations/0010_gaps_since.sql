-- Where no message of a group was ever seen, only the date tells what was written before it was ours.

ALTER TABLE gaps ADD COLUMN since INTEGER NOT NULL DEFAULT 0;    -- seconds since the epoch
