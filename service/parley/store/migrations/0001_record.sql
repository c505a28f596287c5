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
-- The name that the event-sourcing library expects.
CREATE UNIQUE INDEX parley_events_notification_id_idx ON parley_events (notification_id);
CREATE UNIQUE INDEX parley_events_event_id_idx ON parley_events (event_id);
CREATE INDEX parley_events_unit_idx ON parley_events (unit, notification_id);
CREATE INDEX parley_events_topic_idx ON parley_events (topic, notification_id);

CREATE TABLE head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head (position, hash, recorded_at) VALUES (0, decode(repeat('00', 32), 'hex'), '-infinity');

CREATE TABLE commands (
    recorded_by text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    body bytea NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (recorded_by, key)
);
