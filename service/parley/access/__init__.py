"""Who may do what: API keys, what each may do, and how much of it."""
