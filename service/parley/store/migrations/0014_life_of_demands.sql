-- A demand's page tells its life: every read model is projected again.
ALTER TABLE demands ADD COLUMN life bytea NOT NULL DEFAULT '[]';
ALTER TABLE demands ALTER COLUMN life DROP DEFAULT;

DELETE FROM projections;
