-- Read models. A document is a header, totals, and the latest items of its lists; every list is rows. JSON as answered.

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
CREATE INDEX rounds_begins_idx ON rounds (negotiation, begins, round);

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
    PRIMARY KEY (negotiation, demand)
);

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
