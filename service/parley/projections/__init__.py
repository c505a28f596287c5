"""Read models, kept in the append's own transaction: what was just recorded is what is read."""
