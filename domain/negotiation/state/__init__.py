"""The state of a unit: registers, the history of facts, and the fold that keeps them."""
