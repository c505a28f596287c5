-- The queries of the read models. What stands in braces is filled in by the module that asks: {latest_items} is the
-- statement of that name, with its own parameters; {shown} is how many items of a list a document shows, {facts} names the lists of facts.

-- name: latest_items
-- Columns for a document: the latest items of a place, a list a kind (`lists`: the inside of JSON arrays), and findings.
array(
    SELECT (
        SELECT coalesce(string_agg(shown.document, ',' ORDER BY shown.begins DESC, shown.ends DESC,
            CASE WHEN asked.kind = ANY ('{facts}') THEN shown.id END DESC, shown.id), '') FROM (
            SELECT document, begins, ends, id
            FROM items WHERE items.place = {place} AND items.kind = asked.kind
            ORDER BY begins DESC, ends DESC, id DESC LIMIT {shown}
        ) AS shown
    )
    FROM unnest({kinds}::text[]) WITH ORDINALITY AS asked (kind, number) ORDER BY asked.number
) AS lists,
array(
    SELECT document FROM findings WHERE findings.{of} = {place} ORDER BY event_id, ordinal LIMIT {shown}
) AS findings

-- name: party
SELECT version, header, totals, {latest_items} FROM parties WHERE party = $1

-- name: parties
-- A page of all parties, by slug: as people count, as in every list by slug.
SELECT party, summary FROM parties
WHERE (as_counted(party), party) > (as_counted($1), $1) ORDER BY as_counted(party), party LIMIT $2

-- name: negotiation
SELECT position, header, totals, {latest_items},
    array(
        SELECT summary FROM rounds WHERE rounds.negotiation = $1 AND scheduled
        ORDER BY begins, as_counted(round), round LIMIT {shown}
    ) AS rounds
FROM negotiations WHERE negotiation = $1

-- name: negotiations
-- A page of all negotiations, by slug.
SELECT negotiation, summary FROM negotiations
WHERE (as_counted(negotiation), negotiation) > (as_counted($1), $1)
ORDER BY as_counted(negotiation), negotiation LIMIT $2

-- name: negotiations_among
-- A page of some negotiations, by slug.
SELECT negotiation, summary FROM negotiations
WHERE (as_counted(negotiation), negotiation) > (as_counted($1), $1) AND negotiation = ANY($3)
ORDER BY as_counted(negotiation), negotiation LIMIT $2

-- name: taking_part
-- Where a negotiation stands, and the parties that it names.
SELECT position, parties FROM negotiations WHERE negotiation = $1

-- name: round
SELECT version, header, totals, {latest_items} FROM rounds WHERE negotiation = $1 AND round = $2

-- name: rounds
-- A page of a negotiation's rounds, by start; one row without a round where it has none behind the cursor.
SELECT n.position, r.begins, r.round, r.summary FROM negotiations AS n LEFT JOIN LATERAL (
    SELECT begins, round, summary FROM rounds
    WHERE rounds.negotiation = n.negotiation
        AND (begins, as_counted(round), round) > ($2, as_counted($3), $3)
    ORDER BY begins, as_counted(round), round LIMIT $4
) AS r ON true
WHERE n.negotiation = $1 ORDER BY r.begins, as_counted(r.round), r.round

-- name: demand
SELECT demand, owners, put_to, document, life FROM demands WHERE negotiation = $1 AND demand = $2

-- name: demands
-- A page of a negotiation's demands, by slug.
SELECT demand, owners, put_to, document FROM demands
WHERE negotiation = $1 AND (as_counted(demand), demand) > (as_counted($2), $2)
ORDER BY as_counted(demand), demand LIMIT $3

-- name: answers
-- The answers to some demands.
SELECT demand, provision, party, through, document FROM demand_answers
WHERE negotiation = $1 AND demand = ANY($2::text[])

-- name: findings
-- A page of a negotiation's findings, by fact; one row without a finding where it has none behind the cursor.
SELECT n.position, f.event_id::text AS event_id, f.ordinal, f.document FROM negotiations AS n LEFT JOIN LATERAL (
    SELECT event_id, ordinal, document FROM findings
    WHERE unit = n.negotiation AND (event_id, ordinal) > ($2::uuid, $3) ORDER BY event_id, ordinal LIMIT $4
) AS f ON true
WHERE n.negotiation = $1 ORDER BY f.event_id, f.ordinal

-- name: search_few
-- The latest of what is found behind a cursor, with how many are found; one row without a fact where none is. What is found
-- is first collected by its words, up to $10 facts. Filters that are NULL are no part of the plan, which is made for the
-- values that are asked for.
WITH hits AS MATERIALIZED (
    SELECT unit, event_id, ends, begins FROM search_facts
    WHERE vector @@ $1::text::tsquery AND ($2::text[] IS NULL OR labels @> $2) AND ($3::text[] IS NULL OR labels && $3)
        AND ($4::bigint IS NULL OR ends > $4) AND ($5::bigint IS NULL OR begins < $5)
    LIMIT $10
)
SELECT (SELECT count(*) FROM hits) AS total, page.ends, page.begins, page.event_id, facts.found
FROM (SELECT) AS always LEFT JOIN LATERAL (
    SELECT * FROM hits WHERE (ends, begins, event_id) < ($6::bigint, $7::bigint, $8::uuid)
    ORDER BY ends DESC, begins DESC, event_id DESC LIMIT $9
) AS page ON true LEFT JOIN search_facts AS facts ON (facts.unit, facts.event_id) = (page.unit, page.event_id)
ORDER BY page.ends DESC, page.begins DESC, page.event_id DESC

-- name: search_many
-- The same where so many are found that it is quicker to go through facts from the latest on.
SELECT ends, begins, event_id, found FROM search_facts
WHERE vector @@ $1::text::tsquery AND ($2::text[] IS NULL OR labels @> $2) AND ($3::text[] IS NULL OR labels && $3)
    AND ($4::bigint IS NULL OR ends > $4) AND ($5::bigint IS NULL OR begins < $5)
    AND (ends, begins, event_id) < ($6::bigint, $7::bigint, $8::uuid)
ORDER BY ends DESC, begins DESC, event_id DESC LIMIT $9

-- name: near
-- Words that are spelt like $2 but for a letter, the likest first; $1 has its spellings.
SELECT DISTINCT word, abs(length(word) - length($2::text)) AS longer FROM search_words
WHERE spellings && $1::text[] AND word <> $2 ORDER BY longer, word LIMIT $3
