-- Which corrections and retractions name an event: lists of events show it beside the event.
CREATE INDEX parley_events_target_idx ON parley_events ((substring(encode(state, 'escape') FROM '"target":"([0-9a-f-]{36})"')), notification_id)
    WHERE right(topic, 9) IN ('Corrected', 'Retracted');
