-- The whole schema, as the migrations leave it: for reading. Nothing runs this file but a test, which compares what it makes
-- with what the migrations make. The table `migrations` and the schema itself are made by `parley migrate`.

-- The record: events in the order of their positions, the head that hands positions out, answers by Idempotency-Key.

CREATE TABLE parley_events (
    originator_id text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL,
    event_id uuid,
    hash bytea NOT NULL,
    unit text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(originator_id, '/', 1)) STORED,
    PRIMARY KEY (originator_id, originator_version)
);
ALTER TABLE parley_events ADD CONSTRAINT parley_events_position_check CHECK (notification_id > 0) NOT VALID;
-- The name that the event-sourcing library expects.
CREATE UNIQUE INDEX parley_events_notification_id_idx ON parley_events (notification_id);
CREATE UNIQUE INDEX parley_events_event_id_idx ON parley_events (event_id);
CREATE INDEX parley_events_unit_idx ON parley_events (unit, notification_id);
CREATE INDEX parley_events_topic_idx ON parley_events (topic, notification_id);
-- A page of a stream's events, in the order of positions, from wherever it begins.
CREATE INDEX parley_events_stream_idx ON parley_events (originator_id, notification_id);
-- Which corrections and retractions name an event: lists of events show it beside the event.
CREATE INDEX parley_events_target_idx ON parley_events ((substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"')), notification_id)
    WHERE right(topic, 9) IN ('Corrected', 'Retracted');

CREATE TABLE head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    recorded_at timestamptz NOT NULL,
    -- How often `parley rebuild` has put read models right: what was read before may be wrong, though nothing was recorded.
    mended bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO head (position, hash, recorded_at) VALUES (0, decode(repeat('00', 32), 'hex'), '-infinity');

-- An answer under a key is the events at these positions: what they say stands in the record, and nowhere else.
CREATE TABLE commands (
    recorded_by text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    positions bigint[] NOT NULL,
    PRIMARY KEY (recorded_by, key)
);

-- Read models. A document is a header, totals, and the latest items of its lists; every list is rows. JSON as answered.

-- Sorts names as people count: art-2 before art-10. `as_counted` in negotiation/texts.py does the same.
CREATE FUNCTION as_counted(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    CASE WHEN name ~ '[0-9]'
        THEN regexp_replace(regexp_replace(name, '[0-9]+', repeat('0', 19) || '\&', 'g'), '[0-9]*([0-9]{20})', '\1', 'g')
        ELSE name
    END;

CREATE TABLE parties (
    party text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    header bytea NOT NULL,
    totals bytea NOT NULL,
    summary bytea NOT NULL
);

CREATE TABLE negotiations (
    negotiation text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    parties text[] NOT NULL,
    header bytea NOT NULL,
    totals bytea NOT NULL,
    summary bytea NOT NULL
);

CREATE INDEX parties_in_order_idx ON parties (as_counted(party), party);
CREATE INDEX negotiations_in_order_idx ON negotiations (as_counted(negotiation), negotiation);

-- Which parties a negotiation's facts ever named: where to look again when a party or a membership changes.
CREATE TABLE negotiation_parties (
    party text COLLATE "C" NOT NULL,
    negotiation text COLLATE "C" NOT NULL,
    PRIMARY KEY (party, negotiation)
);

CREATE TABLE rounds (
    negotiation text COLLATE "C" NOT NULL,
    round text COLLATE "C" NOT NULL,
    begins bigint NOT NULL,
    scheduled boolean NOT NULL,
    version bigint NOT NULL,
    header bytea NOT NULL,
    totals bytea NOT NULL,
    summary bytea NOT NULL,
    PRIMARY KEY (negotiation, round)
);
CREATE INDEX rounds_begins_idx ON rounds (negotiation, begins, as_counted(round), round);

-- Items of the lists in the documents of a place: a round's stream, a negotiation, a party's stream.
CREATE TABLE items (
    place text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    begins bigint NOT NULL,
    ends bigint NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (place, kind, id)
);
CREATE INDEX items_latest_idx ON items (place, kind, begins DESC, ends DESC, id DESC);

CREATE TABLE demands (
    negotiation text COLLATE "C" NOT NULL,
    demand text COLLATE "C" NOT NULL,
    owners text[] NOT NULL,
    put_to text[] NOT NULL,
    document bytea NOT NULL,
    life bytea NOT NULL,
    PRIMARY KEY (negotiation, demand)
);

CREATE INDEX demands_in_order_idx ON demands (negotiation, as_counted(demand), demand);

CREATE TABLE demand_answers (
    negotiation text COLLATE "C" NOT NULL,
    demand text COLLATE "C" NOT NULL,
    provision text COLLATE "C" NOT NULL,
    party text COLLATE "C" NOT NULL,
    through text COLLATE "C" NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (negotiation, demand, provision, party, through)
);

CREATE TABLE findings (
    unit text COLLATE "C" NOT NULL,
    event_id uuid NOT NULL,
    ordinal integer NOT NULL,
    stream text COLLATE "C" NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (unit, event_id, ordinal)
);
CREATE INDEX findings_stream_idx ON findings (stream, event_id, ordinal);

-- The words of every fact as it reads now, and of its sources: what a search looks through.
CREATE TABLE search_facts (
    unit text COLLATE "C" NOT NULL,
    event_id uuid NOT NULL,
    ends bigint NOT NULL,
    begins bigint NOT NULL,
    labels text[] COLLATE "C" NOT NULL,
    words text COLLATE "C" NOT NULL,
    found bytea NOT NULL,
    vector tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
    PRIMARY KEY (unit, event_id)
);
-- Words and filters in one index, so that a word that is everywhere costs little where a filter leaves few facts.
CREATE INDEX search_facts_words_idx ON search_facts USING gin (vector, labels);
-- The latest first: what is shown of a word that is nearly everywhere.
CREATE INDEX search_facts_latest_idx ON search_facts (ends DESC, begins DESC, event_id DESC);

-- Every word that was ever written there, each also without each of its letters: where to look for what was meant.
CREATE TABLE search_words (
    word text COLLATE "C" NOT NULL,
    spellings text[] COLLATE "C" NOT NULL
);
CREATE INDEX search_words_word_idx ON search_words (word);
CREATE INDEX search_words_spellings_idx ON search_words USING gin (spellings);

-- A trigger, so that no way of writing facts leaves a word out. Two transactions may write a new word at once, and then it is
-- there twice: to keep them apart would have one wait for the other.
CREATE FUNCTION search_words_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO search_words (word, spellings)
    SELECT word, array_prepend(word, array(
        SELECT overlay(word PLACING '' FROM at FOR 1) FROM generate_series(1, length(word)) AS at
    ))
    FROM (
        SELECT DISTINCT word FROM written CROSS JOIN string_to_table(written.words, ' ') AS word
        WHERE length(word) BETWEEN 4 AND 64 AND word !~ '^[0-9]'
    ) AS found
    -- OFFSET 0: word by word by the index, whatever the planner expects.
    WHERE NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = found.word COLLATE "C" OFFSET 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER search_words_inserted AFTER INSERT ON search_facts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_written();
CREATE TRIGGER search_words_updated AFTER UPDATE ON search_facts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_written();

-- How far the read models of each unit have come: they hold everything of the unit up to `position`, as it reads with the
-- parties as they stood at that position. A unit without a row has no read models yet.
CREATE TABLE projections (
    unit text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);

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
