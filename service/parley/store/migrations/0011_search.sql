-- The words of every fact as it reads now, and of its sources: what a search looks through.
CREATE TABLE search_facts (
    unit text COLLATE "C" NOT NULL,
    event_id uuid NOT NULL,
    ends bigint NOT NULL,
    begins bigint NOT NULL,
    labels text[] COLLATE "C" NOT NULL,
    words text COLLATE "C" NOT NULL,
    found bytea NOT NULL,
    vector tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
    PRIMARY KEY (unit, event_id)
);
-- Words and filters in one index, so that a word that is everywhere costs little where a filter leaves few facts.
CREATE INDEX search_facts_words_idx ON search_facts USING gin (vector, labels);
-- The latest first: what is shown of a word that is nearly everywhere.
CREATE INDEX search_facts_latest_idx ON search_facts (ends DESC, begins DESC, event_id DESC);

-- Every word that was ever written there, each also without each of its letters: where to look for what was meant.
CREATE TABLE search_words (
    word text COLLATE "C" NOT NULL,
    spellings text[] COLLATE "C" NOT NULL
);
CREATE INDEX search_words_word_idx ON search_words (word);
CREATE INDEX search_words_spellings_idx ON search_words USING gin (spellings);

-- A trigger, so that no way of writing facts leaves a word out. Two transactions may write a new word at once, and then it is
-- there twice: to keep them apart would have one wait for the other.
CREATE FUNCTION search_words_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO search_words (word, spellings)
    SELECT word, array_prepend(word, array(
        SELECT overlay(word PLACING '' FROM at FOR 1) FROM generate_series(1, length(word)) AS at
    ))
    FROM (
        SELECT DISTINCT word FROM written CROSS JOIN string_to_table(written.words, ' ') AS word
        WHERE length(word) BETWEEN 4 AND 64 AND word !~ '^[0-9]'
    ) AS found
    -- OFFSET 0: word by word by the index, whatever the planner expects.
    WHERE NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = found.word COLLATE "C" OFFSET 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER search_words_inserted AFTER INSERT ON search_facts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_written();
CREATE TRIGGER search_words_updated AFTER UPDATE ON search_facts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_written();

-- Every unit is projected again, so that what is on record already can be found.
DELETE FROM projections;
