-- Lists in documents sort ids as people count, and those who left a group have a list of their own: every read model is
-- projected again.
DELETE FROM projections;
