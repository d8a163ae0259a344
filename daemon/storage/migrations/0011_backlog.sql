-- What must not wait behind the others: that they wait.

ALTER TABLE outbox ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;       -- 1: before the others

DROP INDEX outbox_by_destination;
CREATE INDEX outbox_by_destination ON outbox (destination, state, urgent DESC, id);
CREATE INDEX outbox_waiting_by_ticket ON outbox (ticket_id, id) WHERE state = 'queued';

CREATE TABLE backlog (                    -- a row: the staff know that messages wait for long
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    told_at  INTEGER NOT NULL             -- ms
) STRICT;
