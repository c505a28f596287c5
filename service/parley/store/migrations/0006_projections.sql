-- How far the read models of each unit have come: they hold everything of the unit up to `position`, as it reads with the
-- parties as they stood at that position. A unit without a row has no read models yet.
CREATE TABLE projections (
    unit text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);
-- Until now read models were written with the events, so those that there are hold everything.
INSERT INTO projections (unit, position)
SELECT found.unit, head.position
FROM head, (
    SELECT negotiation AS unit FROM negotiations
    UNION ALL SELECT 'parties' WHERE EXISTS (SELECT FROM parties)
) AS found;

-- An answer under a key is the events at these positions: what they say stands in the record, and nowhere else.
ALTER TABLE commands ADD COLUMN positions bigint[];
UPDATE commands SET positions = array(
    SELECT (event ->> 'position')::bigint
    FROM jsonb_array_elements(convert_from(body, 'UTF8')::jsonb -> 'events') WITH ORDINALITY AS told (event, number)
    ORDER BY number
);
ALTER TABLE commands ALTER COLUMN positions SET NOT NULL;
ALTER TABLE commands DROP COLUMN body, DROP COLUMN first_position, DROP COLUMN last_position;
