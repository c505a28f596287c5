-- name: events
-- A page of events, from wherever the record begins, with every column.
SELECT notification_id, originator_id, originator_version, topic, state, hash, event_id, unit
FROM parley_events WHERE notification_id > $1 ORDER BY notification_id LIMIT $2

-- name: before_the_first
-- A position that the record cannot have.
SELECT min(notification_id) FROM parley_events WHERE notification_id < 1

-- name: answer_astray
-- An answer by key whose events are not all on record.
SELECT recorded_by, key FROM commands
WHERE cardinality(positions) = 0 OR EXISTS (
    SELECT FROM unnest(positions) AS named (position)
    WHERE NOT EXISTS (SELECT FROM parley_events WHERE notification_id = named.position)
)
LIMIT 1

-- name: definition
-- How the tables of the record are made: columns, constraints, indexes; and what would change rows on the way in or out.
WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'parley')
        AND relname IN ('parley_events', 'head', 'commands')
)
SELECT relname || ': ' || what AS line FROM tables CROSS JOIN LATERAL (
    SELECT format('%s %s%s%s%s', attname, format_type(atttypid, atttypmod),
        CASE WHEN attcollation <> 0 THEN ' collate ' || (
            SELECT collname FROM pg_collation WHERE pg_collation.oid = attcollation
        ) END,
        CASE WHEN attnotnull THEN ' not null' END,
        CASE WHEN attgenerated <> '' THEN ' generated ' || (
            SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum
        ) END) AS what
    FROM pg_attribute WHERE attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint WHERE conrelid = tables.oid AND contype <> 'n'
    UNION ALL
    SELECT CASE WHEN NOT indisvalid THEN 'not valid ' ELSE '' END || pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = tables.oid
    UNION ALL
    SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = tables.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = tables.oid
    UNION ALL
    SELECT 'row security' FROM pg_class WHERE oid = tables.oid AND (relrowsecurity OR relforcerowsecurity)
) AS described ORDER BY 1
