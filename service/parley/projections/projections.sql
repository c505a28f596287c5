-- name: claim
-- These units are projected by this transaction alone, until it ends; the numbers are sorted, and filled in as text.
BEGIN; SELECT pg_advisory_xact_lock(number) FROM unnest('{{{numbers}}}'::bigint[]) AS given (number)

-- name: claim_free
-- The same, but for those that others have claimed; in a transaction that has begun.
SELECT number FROM unnest($1::bigint[]) AS given (number) WHERE pg_try_advisory_xact_lock(number)

-- name: take_stock
-- Where the record ends; the hash at a position, which tells whether this is the record that was read before; how far
-- the read models of these units have come; and some events of each behind a position of its own, where it has one.
SELECT head.position AS head, head.hash, (SELECT hash FROM parley_events WHERE notification_id = $3) AS hash_before,
    given.unit, p.position, e.*
FROM head CROSS JOIN unnest($1::text[], $2::bigint[]) AS given (unit, after)
LEFT JOIN projections AS p ON p.unit = given.unit
LEFT JOIN LATERAL (
    SELECT notification_id, originator_id, originator_version, state FROM parley_events
    WHERE (unit, notification_id) > (given.unit, given.after) AND (unit, notification_id) <= (given.unit, head.position)
    ORDER BY unit, notification_id LIMIT $4
) AS e ON true

-- name: set_position
-- In the transaction that writes the rows.
INSERT INTO projections (unit, position) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (unit) DO UPDATE SET position = excluded.position

-- name: forget_strangers
-- Units without events have no read models; what is recorded in one later has to be projected.
DELETE FROM projections WHERE NOT EXISTS (SELECT FROM parley_events WHERE parley_events.unit = projections.unit)

-- name: lag
-- How far a unit's read models are behind what is recorded: in the unit, or among the parties that it names.
SELECT head.position AS head, p.position,
    (SELECT max(notification_id) FROM parley_events WHERE unit = $1) AS recorded,
    $1 <> 'parties' AND EXISTS (
        SELECT FROM parley_events AS e JOIN negotiation_parties AS named
            ON named.negotiation = $1 AND e.originator_id = 'parties/' || named.party
        WHERE e.unit = 'parties' AND e.notification_id > p.position
    ) AS reached
FROM head LEFT JOIN projections AS p ON p.unit = $1

-- name: lagging
-- The units that have events behind their read models, with their last position. Jumps from unit to unit by the index.
WITH RECURSIVE units AS (
    (SELECT unit FROM parley_events ORDER BY unit LIMIT 1)
    UNION ALL
    SELECT (SELECT e.unit FROM parley_events AS e WHERE e.unit > units.unit ORDER BY e.unit LIMIT 1)
    FROM units WHERE units.unit IS NOT NULL
), ends AS (
    SELECT unit, (SELECT max(notification_id) FROM parley_events AS e WHERE e.unit = units.unit) AS recorded
    FROM units WHERE unit IS NOT NULL
)
SELECT unit, recorded FROM ends LEFT JOIN projections USING (unit)
WHERE position IS NULL OR position < recorded ORDER BY recorded

-- name: reached
-- The negotiations that name a party about which something was recorded since they were projected.
SELECT DISTINCT named.negotiation AS unit, p.position
FROM negotiation_parties AS named
JOIN projections AS p ON p.unit = named.negotiation
JOIN parley_events AS e ON e.originator_id = 'parties/' || named.party AND e.notification_id > p.position
WHERE e.unit = 'parties' AND e.notification_id > $1

-- name: recorded_after
-- The units of the events behind a position, with their last position and how many these are.
SELECT unit, max(notification_id) AS recorded, count(*) AS events
FROM parley_events WHERE notification_id > $1 AND notification_id <= $2 GROUP BY unit ORDER BY recorded

-- name: counted
-- How many events these units have.
SELECT unit, count(*) AS events FROM parley_events WHERE unit = ANY($1::text[]) GROUP BY unit

-- name: units
-- Units by name, with how many events each has.
SELECT unit, count(*) AS events FROM parley_events WHERE unit > $1 GROUP BY unit ORDER BY unit LIMIT $2

-- name: mend
-- Tells services that what they have read may have been wrong.
UPDATE head SET mended = mended + 1

-- name: take_rebuild_lock
-- One rebuild at a time; held until the session ends, however it ends.
SELECT pg_advisory_lock($1)
