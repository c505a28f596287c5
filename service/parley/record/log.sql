-- name: lock_head
-- Hands out positions: whoever holds this row writes next. Held until the batch has committed.
SELECT position, hash, recorded_at, clock_timestamp() AS clock FROM head FOR UPDATE

-- name: read_head
-- Where the record ends.
SELECT position, hash, recorded_at FROM head

-- name: move_head
-- In the transaction that writes the events.
UPDATE head SET position = $1, hash = $2, recorded_at = $3

-- name: touch_head
-- Makes a transaction that only repeats what may have been recorded wait for its commit to be safe.
UPDATE head SET position = position

-- name: write_events
-- No ON CONFLICT: nothing is acknowledged that is not stored.
INSERT INTO parley_events (originator_id, originator_version, topic, state, notification_id, event_id, hash)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bigint[], $6::uuid[], $7::bytea[])

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
FROM parley_events WHERE unit = $1 AND notification_id > $2 AND notification_id <= $3
ORDER BY notification_id LIMIT $4

-- name: next_unit
-- The next unit by name, and its first position.
SELECT unit, notification_id FROM parley_events WHERE unit > $1 ORDER BY unit, notification_id LIMIT 1

-- name: commands_by_key
-- Requests that were answered under these keys.
SELECT c.recorded_by, c.key, c.fingerprint, c.body, c.first_position, c.last_position
FROM commands c JOIN unnest($1::text[], $2::text[]) AS asked (recorded_by, key) USING (recorded_by, key)

-- name: write_commands
-- The answers of this batch, by key.
INSERT INTO commands (recorded_by, key, fingerprint, body, first_position, last_position, recorded_at)
SELECT *, $7::timestamptz
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[])

-- name: negotiations_opened
-- Which of these negotiations were opened.
SELECT negotiation FROM negotiations WHERE negotiation = ANY($1::text[])

-- name: negotiations_naming
-- Negotiations whose facts ever named one of these parties.
SELECT DISTINCT negotiation FROM negotiation_parties WHERE party = ANY($1::text[])

-- name: notify
-- A hint for readers that follow the record; sent after the commit, on another connection.
NOTIFY parley_events
