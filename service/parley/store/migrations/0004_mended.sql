-- How often `parley rebuild` has put read models right: what was read before may be wrong, though nothing was recorded.
ALTER TABLE head ADD COLUMN mended bigint NOT NULL DEFAULT 0;
