-- A demand's page tells its life, and lists tell more of conduct and commitments: every read model is projected again.
ALTER TABLE demands ADD COLUMN IF NOT EXISTS life bytea NOT NULL DEFAULT '[]';
ALTER TABLE demands ALTER COLUMN life DROP DEFAULT;

DELETE FROM projections;
