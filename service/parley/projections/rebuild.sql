-- name: take_rebuild_lock
-- One rebuild at a time; held until the session ends, however it ends.
SELECT pg_advisory_lock($1)

-- name: mend
-- Tells services that what they have read may have been wrong.
UPDATE head SET mended = mended + 1

-- name: units
-- Units by name, with how many events each has up to a position.
SELECT unit, count(*) AS events FROM parley_events
WHERE unit > $1 AND notification_id <= $2 GROUP BY unit ORDER BY unit LIMIT $3

-- name: events_counted
-- How many events these units have up to a position.
SELECT unit, count(*) AS events FROM parley_events
WHERE unit = ANY($1::text[]) AND notification_id <= $2 GROUP BY unit ORDER BY unit

-- name: events_counted_between
-- How many events each unit got behind a position, up to another.
SELECT unit, count(*) AS events FROM parley_events
WHERE notification_id > $1 AND notification_id <= $2 GROUP BY unit

-- name: events_of_units_to
-- The events of some units up to a position, unit by unit.
SELECT notification_id, originator_id, originator_version, state, unit
FROM parley_events WHERE unit = ANY($1::text[]) AND notification_id <= $2 ORDER BY unit, notification_id

-- name: events_between
-- The events of all units behind a position, up to another, unit by unit.
SELECT notification_id, originator_id, originator_version, state, unit
FROM parley_events WHERE notification_id > $1 AND notification_id <= $2 ORDER BY unit, notification_id

-- name: columns
-- A table's columns, and those of its primary key, in order.
SELECT
    array(
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    ) AS columns,
    array(
        SELECT a.attname::text FROM pg_index AS i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, number)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = $1::text::regclass AND i.indisprimary ORDER BY k.number
    ) AS key

-- The rest is filled in for each read model's table: {live}, the table; {made}, its shadow; {differing}, the keys of
-- the rows in which they differ; {columns} of the table and {key} of its rows; {unit}, which unit a row belongs to.

-- name: make
-- The shadow is a temporary table of the same name: it is found first, and is gone with the session.
CREATE TEMPORARY TABLE {table} (LIKE {live} INCLUDING ALL EXCLUDING INDEXES);
CREATE TEMPORARY TABLE {differing} AS SELECT ''::text AS in_unit, ''::text AS how, {key} FROM {live} WHERE false

-- name: index
ALTER TABLE {made} ADD PRIMARY KEY ({key})

-- name: compare
-- `how` is said of the live row.
INSERT INTO {differing}
SELECT split_part({unit}, '/', 1),
    CASE WHEN live.{first} IS NULL THEN 'missing' WHEN made.{first} IS NULL THEN 'extra' ELSE 'different' END,
    {key}
FROM {live_rows} AS live FULL JOIN {made_rows} AS made USING ({key})
WHERE ({live_columns}) IS DISTINCT FROM ({made_columns})

-- name: rows_of_units
-- A row names its unit.
(SELECT * FROM {from} WHERE {unit} = ANY($1::text[]))

-- name: rows_of_streams
-- A row names its unit, or a stream in it. OFFSET 0: unit by unit, by the index, whatever the planner thinks of ranges.
(
    SELECT rows.* FROM unnest($1::text[]) AS touched (name) CROSS JOIN LATERAL (
        SELECT * FROM {from} WHERE {unit} = name OR ({unit} >= name || '/' AND {unit} < name || '0') OFFSET 0
    ) AS rows
)

-- name: forget
-- What was found in these units is looked for again.
DELETE FROM {differing} WHERE in_unit = ANY($1::text[])

-- name: take_away
-- The live rows that differ, or should not be there.
DELETE FROM {live} AS live USING {differing} AS differing
WHERE ({live_key}) = ({differing_key}) AND differing.how <> 'missing'

-- name: put_in
-- The rows that belong there instead.
INSERT INTO {live} ({columns})
SELECT {made_columns} FROM {made} AS made JOIN {differing} USING ({key}) WHERE how <> 'extra' ORDER BY {key}

-- name: count_differing
SELECT how, count(*) AS rows FROM {differing} GROUP BY how ORDER BY how

-- name: name_differing
SELECT how, concat_ws(', ', {key}) AS key FROM {differing} ORDER BY {key} LIMIT $1
