-- Positions begin at 1. Rows from before are not looked at here: `parley verify` names them.
ALTER TABLE parley_events ADD CONSTRAINT parley_events_position_check CHECK (notification_id > 0) NOT VALID;
