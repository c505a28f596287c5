-- Documents list versions latest first, with totals, and show entry into force: every read model is projected again.
DELETE FROM projections;
