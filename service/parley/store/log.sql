-- name: lock_head
-- Hands out positions: whoever holds this row writes next. Held until the batch has committed.
SELECT position, hash, recorded_at, clock_timestamp() AS clock FROM head FOR UPDATE

-- name: begin
BEGIN

-- name: take_stock
-- Find where the record ends, which of these event ids are on record, and whether any of these keys was answered. With
-- FOR UPDATE in the place of `lock` it takes the head, too, which hands out positions until the commit. A statement does
-- not see what was committed while it waited for the head: then `seen` is not `held`, and it has to be asked once more.
WITH head_row AS MATERIALIZED (SELECT xmin::text AS held, position, hash, recorded_at FROM head {lock})
SELECT position, hash, recorded_at, held, (SELECT xmin::text FROM head) AS seen, clock_timestamp() AS clock,
    (SELECT e.hash FROM parley_events AS e WHERE e.notification_id = head_row.position) AS last_hash,
    array(SELECT event_id FROM parley_events WHERE event_id = ANY($1::text::uuid[])) AS ids,
    EXISTS (
        SELECT FROM unnest($2::text::text[], $3::text::text[]) AS asked (recorded_by, key)
        JOIN commands USING (recorded_by, key)
    ) AS keys
FROM head_row

-- name: read_head
-- Where the record ends.
SELECT position, hash, recorded_at FROM head

-- name: inspect
-- Where the record ends, the hash of the event there, and how many events lie behind a position and up to another.
SELECT position, hash, (SELECT hash FROM parley_events WHERE notification_id = head.position) AS last_hash, (
    SELECT count(*) FROM parley_events WHERE notification_id > $1 AND notification_id <= least($2, head.position)
) AS found
FROM head

-- name: first_missing
-- The first position behind another at which there is no event.
SELECT min(expected) FROM (
    SELECT notification_id + 1 AS expected, lead(notification_id) OVER (ORDER BY notification_id) AS following
    FROM (SELECT $1::bigint AS notification_id UNION ALL
        SELECT notification_id FROM parley_events WHERE notification_id > $1) AS every
) AS each WHERE following IS DISTINCT FROM expected

-- name: recorded_since
-- Where the record ends, the hash of the event there, how often read models were mended, and the units of the first events
-- behind a position; and the hash there, which tells whether this is the record that was looked at before.
SELECT position, hash, (SELECT hash FROM parley_events WHERE notification_id = head.position) AS last_hash, mended,
    (SELECT hash FROM parley_events WHERE notification_id = $1) AS hash_before, array(
    SELECT DISTINCT unit FROM (
        SELECT unit FROM parley_events WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
    ) AS recent
) AS units
FROM head

-- name: seen_before
-- Where the record ends; the hash at a position, which tells whether this is the record that was read before; and how
-- many events these units have behind a position each, up to another: so many at most.
SELECT position AS head, hash, (SELECT hash FROM parley_events WHERE notification_id = $1) AS hash_before, array(
    SELECT (
        SELECT count(*) FROM (
            SELECT FROM parley_events AS e
            WHERE (e.unit, e.notification_id) > (given.unit, given.after)
                AND (e.unit, e.notification_id) <= (given.unit, least(given.until, head.position))
            LIMIT $5
        ) AS few
    )
    FROM unnest($2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS given (unit, after, until, number)
    ORDER BY number
) AS behind
FROM head

-- name: move_head
-- In the transaction that writes the events.
UPDATE head SET position = $1, hash = $2, recorded_at = $3

-- name: touch_head
-- Makes a transaction that only repeats what may have been recorded wait for its commit to be safe.
UPDATE head SET position = position

-- name: append
-- Events behind the head, the head behind them, and the answers of this batch by key; nothing of it where the head is no
-- longer the one at $1 with hash $18, or another transaction has it. It tells whether anything was written. How columns
-- are given: store/arrays.py; hashes and fingerprints have 32 bytes each.
WITH free AS (
    SELECT singleton FROM head WHERE position = $1::bigint AND hash = $18 FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE head SET position = $10, hash = $11, recorded_at = $12 FROM free WHERE head.singleton = free.singleton
    RETURNING 1
), written AS (
    INSERT INTO parley_events (originator_id, originator_version, topic, state, notification_id, event_id, hash)
    SELECT stream, version, topic, substring($5::bytea FROM start FOR length), $1::bigint + number, id,
        substring($9::bytea FROM 32 * number::integer - 31 FOR 32)
    FROM unnest(
        $2::text::text[], $3::text::bigint[], $4::text::text[], $6::text::integer[], $7::text::integer[],
        $8::text::uuid[]
    ) WITH ORDINALITY AS given (stream, version, topic, start, length, id, number)
    WHERE EXISTS (SELECT FROM moved)
), answered AS (
    INSERT INTO commands (recorded_by, key, fingerprint, positions, recorded_at)
    SELECT recorded_by, key, substring($15::bytea FROM 32 * number::integer - 31 FOR 32), positions::bigint[],
        $17::timestamptz
    FROM unnest($13::text::text[], $14::text::text[], $16::text::text[])
        WITH ORDINALITY AS given (recorded_by, key, positions, number)
    WHERE EXISTS (SELECT FROM moved)
)
SELECT EXISTS (SELECT FROM moved) AS written

-- name: events_by_id
-- Which of these event ids are on record.
SELECT event_id, originator_id, originator_version, state, notification_id
FROM parley_events WHERE event_id = ANY($1::uuid[])

-- name: events_at
-- The events at these positions.
SELECT event_id, originator_id, originator_version, state, notification_id
FROM parley_events WHERE notification_id = ANY($1::bigint[])

-- name: events_from
-- What other replicas recorded, beginning with the last event this one knows (to check that it is still there).
SELECT notification_id, originator_id, originator_version, state, hash
FROM parley_events WHERE notification_id >= $1 ORDER BY notification_id LIMIT $2

-- name: hash_at
-- The hash of one event.
SELECT hash FROM parley_events WHERE notification_id = $1

-- name: events_of_unit_after
-- Some events of one unit behind a position, up to the head.
SELECT notification_id, originator_id, originator_version, state, hash
FROM parley_events
WHERE (unit, notification_id) > ($1, $2) AND (unit, notification_id) <= ($1, (SELECT position FROM head))
ORDER BY unit, notification_id LIMIT $3

-- name: events_of_units
-- All events of some units, by position.
SELECT notification_id, originator_id, originator_version, state, unit
FROM parley_events
WHERE unit = ANY($1::text[]) AND notification_id BETWEEN 1 AND (SELECT position FROM head) ORDER BY notification_id

-- name: openings
-- What tells which negotiations are open: the openings and the retractions in negotiations' own streams.
SELECT notification_id, originator_id, originator_version, state
FROM parley_events
WHERE topic IN ('negotiation.NegotiationOpened', 'negotiation.EventRetracted') AND originator_id = unit
    AND notification_id BETWEEN 1 AND (SELECT position FROM head)
ORDER BY notification_id

-- name: openings_among
-- The same of some negotiations.
SELECT notification_id, originator_id, originator_version, state
FROM parley_events
WHERE originator_id = ANY($1::text[]) AND topic IN ('negotiation.NegotiationOpened', 'negotiation.EventRetracted')
    AND notification_id BETWEEN 1 AND (SELECT position FROM head)
ORDER BY notification_id

-- name: events_of_unit
-- Some events of one unit behind a position, up to another; and the hash at a third, which tells whether this is the
-- record that was read before. One row at least.
SELECT (SELECT hash FROM parley_events WHERE notification_id = $5) AS hash_then, e.*
FROM (SELECT) AS once LEFT JOIN LATERAL (
    SELECT notification_id, originator_id, originator_version, state
    FROM parley_events WHERE (unit, notification_id) > ($1, $2) AND (unit, notification_id) <= ($1, $3)
    ORDER BY unit, notification_id LIMIT $4
) AS e ON true

-- name: revisions
-- The corrections and retractions that name these events, and those that name these in turn. Rows are compared, so that no
-- other index has the order: a plan by topics goes through all corrections on record.
WITH RECURSIVE revisions (target, event_id, topic, position) AS (
    SELECT asked.id, found.* FROM unnest($1::text[]) AS asked (id) CROSS JOIN LATERAL (
        SELECT event_id::text, topic, notification_id FROM parley_events
        WHERE right(topic, 9) IN ('Corrected', 'Retracted')
            AND (substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"'), notification_id) > (asked.id, 0)
            AND (substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"'), notification_id) <= (asked.id, (SELECT position FROM head))
        ORDER BY substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"'), notification_id
    ) AS found
    UNION
    SELECT revisions.event_id, found.* FROM revisions CROSS JOIN LATERAL (
        SELECT event_id::text, topic, notification_id FROM parley_events
        WHERE right(topic, 9) IN ('Corrected', 'Retracted')
            AND (substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"'), notification_id) > (revisions.event_id, 0)
            AND (substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"'), notification_id) <= (revisions.event_id, (SELECT position FROM head))
        ORDER BY substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"'), notification_id
    ) AS found
)
SELECT target, event_id, topic, position FROM revisions ORDER BY position

-- name: units_by
-- Every unit of which anything was recorded up to a position, found by skipping from one to the next.
WITH RECURSIVE units AS (
    (SELECT unit, notification_id FROM parley_events ORDER BY unit, notification_id LIMIT 1)
    UNION ALL
    SELECT next.unit, next.notification_id FROM units CROSS JOIN LATERAL (
        SELECT unit, notification_id FROM parley_events
        WHERE parley_events.unit > units.unit ORDER BY unit, notification_id LIMIT 1
    ) AS next
)
SELECT unit FROM units WHERE $1::bigint IS NULL OR notification_id <= $1

-- name: commands_by_key
-- Requests that were answered under these keys.
SELECT c.recorded_by, c.key, c.fingerprint, c.positions
FROM commands c JOIN unnest($1::text::text[], $2::text::text[]) AS asked (recorded_by, key) USING (recorded_by, key)

-- name: notify
-- A hint for readers that follow the record; sent after the commit, on another connection.
NOTIFY parley_events
