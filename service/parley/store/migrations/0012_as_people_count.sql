-- Sorts names as people count: art-2 before art-10. `as_counted` in negotiation/texts.py does the same.
CREATE FUNCTION as_counted(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    CASE WHEN name ~ '[0-9]'
        THEN regexp_replace(regexp_replace(name, '[0-9]+', repeat('0', 19) || '\&', 'g'), '[0-9]*([0-9]{20})', '\1', 'g')
        ELSE name
    END;

CREATE INDEX parties_in_order_idx ON parties (as_counted(party), party);
CREATE INDEX negotiations_in_order_idx ON negotiations (as_counted(negotiation), negotiation);
CREATE INDEX demands_in_order_idx ON demands (negotiation, as_counted(demand), demand);
DROP INDEX rounds_begins_idx;
CREATE INDEX rounds_begins_idx ON rounds (negotiation, begins, as_counted(round), round);
