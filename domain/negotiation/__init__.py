"""What happens in a negotiation: its facts, their dates and the rules that admit them."""
