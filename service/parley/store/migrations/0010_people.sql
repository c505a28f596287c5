-- Delegations are listed by capacity: every read model is projected again, and loses what it listed in another way.
DELETE FROM projections;
