-- name: lock_head
-- Hands out positions: whoever holds this row writes next. Held until the batch has committed.
SELECT position, hash, recorded_at, clock_timestamp() AS clock FROM head FOR UPDATE

-- name: begin
-- A transaction that has the head. What it asks next sees everything that was committed before it had the head.
BEGIN; SELECT FROM head FOR UPDATE

-- name: take_stock
-- Where the record ends, by a transaction that has the head; which of these event ids are on record, and whether any of
-- these keys was answered.
SELECT position, hash, recorded_at, clock_timestamp() AS clock,
    array(SELECT event_id FROM parley_events WHERE event_id = ANY($1::text::uuid[])) AS ids,
    EXISTS (
        SELECT FROM unnest($2::text::text[], $3::text::text[]) AS asked (recorded_by, key)
        JOIN commands USING (recorded_by, key)
    ) AS keys
FROM head

-- name: read_head
-- Where the record ends.
SELECT position, hash, recorded_at FROM head

-- name: recorded_since
-- Where the record ends, how often read models were mended, and the units of the first events behind a position; and the
-- hash there, which tells whether this is the record that was looked at before.
SELECT position, hash, mended, (SELECT hash FROM parley_events WHERE notification_id = $1) AS hash_before, array(
    SELECT DISTINCT unit FROM (
        SELECT unit FROM parley_events WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
    ) AS recent
) AS units
FROM head

-- name: seen_before
-- Where the record ends; and the hash at a position, which tells whether this is the record that was read before.
SELECT position, hash, (SELECT hash FROM parley_events WHERE notification_id = $1) AS hash_before FROM head

-- name: move_head
-- In the transaction that writes the events.
UPDATE head SET position = $1, hash = $2, recorded_at = $3

-- name: touch_head
-- Makes a transaction that only repeats what may have been recorded wait for its commit to be safe.
UPDATE head SET position = position

-- name: append
-- Events behind a position, and the head behind them. How columns are given: parley/arrays.py; hashes have 32 bytes each.
WITH written AS (
    INSERT INTO parley_events (originator_id, originator_version, topic, state, notification_id, event_id, hash)
    SELECT stream, version, topic, substring($5::bytea FROM start FOR length), $1::bigint + number, id,
        substring($9::bytea FROM 32 * number::integer - 31 FOR 32)
    FROM unnest(
        $2::text::text[], $3::text::bigint[], $4::text::text[], $6::text::integer[], $7::text::integer[],
        $8::text::uuid[]
    ) WITH ORDINALITY AS given (stream, version, topic, start, length, id, number)
)
UPDATE head SET position = $10, hash = $11, recorded_at = $12

-- name: events_by_id
-- Which of these event ids are on record.
SELECT event_id, originator_id, originator_version, state, notification_id
FROM parley_events WHERE event_id = ANY($1::uuid[])

-- name: events_from
-- What other replicas recorded, beginning with the last event this one knows (to check that it is still there).
SELECT notification_id, originator_id, originator_version, state, hash
FROM parley_events WHERE notification_id >= $1 ORDER BY notification_id LIMIT $2

-- name: hash_at
-- The hash of one event.
SELECT hash FROM parley_events WHERE notification_id = $1

-- name: events_of_units
-- All events of some units, for a state that is not in memory.
SELECT notification_id, originator_id, originator_version, state, unit
FROM parley_events WHERE unit = ANY($1::text[]) ORDER BY notification_id

-- name: events_of_unit
-- Some events of one unit behind a position, up to another.
SELECT notification_id, originator_id, originator_version, state
FROM parley_events WHERE (unit, notification_id) > ($1, $2) AND (unit, notification_id) <= ($1, $3)
ORDER BY unit, notification_id LIMIT $4

-- name: next_unit
-- The next unit by name, and its first position.
SELECT unit, notification_id FROM parley_events WHERE unit > $1 ORDER BY unit, notification_id LIMIT 1

-- name: commands_by_key
-- Requests that were answered under these keys.
SELECT c.recorded_by, c.key, c.fingerprint, c.body, c.first_position, c.last_position
FROM commands c JOIN unnest($1::text::text[], $2::text::text[]) AS asked (recorded_by, key) USING (recorded_by, key)

-- name: write_commands
-- The answers of this batch, by key. How columns are given: parley/arrays.py; fingerprints have 32 bytes each.
INSERT INTO commands (recorded_by, key, fingerprint, body, first_position, last_position, recorded_at)
SELECT recorded_by, key, substring($3::bytea FROM 32 * number::integer - 31 FOR 32),
    substring($4::bytea FROM start FOR length), first_position, last_position, $9::timestamptz
FROM unnest(
    $1::text::text[], $2::text::text[], $5::text::integer[], $6::text::integer[], $7::text::bigint[],
    $8::text::bigint[]
) WITH ORDINALITY AS given (recorded_by, key, start, length, first_position, last_position, number)

-- name: negotiations_opened
-- Which of these negotiations were opened.
SELECT negotiation FROM negotiations WHERE negotiation = ANY($1::text[])

-- name: negotiations_naming
-- Negotiations whose facts ever named one of these parties.
SELECT DISTINCT negotiation FROM negotiation_parties WHERE party = ANY($1::text[])

-- name: notify
-- A hint for readers that follow the record; sent after the commit, on another connection.
NOTIFY parley_events
