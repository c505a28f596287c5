-- API keys. Of a secret only its SHA-256 is kept. Rows stay when keys are revoked: their names stand in the record.

CREATE TABLE keys (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('reader', 'recorder', 'admin')),
    negotiations text[] CHECK (cardinality(negotiations) > 0),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX keys_name_idx ON keys (name);

-- How often the keys have changed: services look at this number, and read the keys when it is another one.
CREATE TABLE keyring (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL
);
INSERT INTO keyring (version) VALUES (0);

-- A trigger, so that no way of changing a key, by hand neither, leaves a service with the old one.
CREATE FUNCTION keys_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE keyring SET version = version + 1;
    PERFORM pg_notify('parley_keys', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER keys_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON keys
    FOR EACH STATEMENT EXECUTE FUNCTION keys_changed();
