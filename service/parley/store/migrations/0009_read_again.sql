-- Dates and texts are compared in another way than before: every read model is projected again, and put right where it
-- reads otherwise.
DELETE FROM projections;
