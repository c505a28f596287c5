-- Delegations are listed by capacity, and documents show each vote: every read model is projected again.
DELETE FROM projections;
