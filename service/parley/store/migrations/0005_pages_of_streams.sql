-- A page of a stream's events, in the order of positions, from wherever it begins.
CREATE INDEX parley_events_stream_idx ON parley_events (originator_id, notification_id);
