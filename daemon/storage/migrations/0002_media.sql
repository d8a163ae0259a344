-- How the media of a message get into its chat: 'copy', 'upload', 'forward'; null for a text.
ALTER TABLE outbox ADD COLUMN way TEXT CHECK (way IN ('copy', 'upload', 'forward'));
UPDATE outbox SET way = 'copy' WHERE media <> '[]';

-- Parts of an album are routed together.
ALTER TABLE inbox ADD COLUMN grouped_id INTEGER;         -- null: no part of an album
CREATE INDEX inbox_albums ON inbox (chat_id, grouped_id) WHERE grouped_id IS NOT NULL;

-- A part that comes late joins those that came in time.
ALTER TABLE links ADD COLUMN grouped_id INTEGER;         -- null: no part of an album
CREATE INDEX links_albums ON links (chat_id, grouped_id) WHERE grouped_id IS NOT NULL;
