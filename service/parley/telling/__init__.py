"""The story of a negotiation: in which order it is told, what each event did to the state, and both in sentences.

It knows no database and no terminal. What it says is rich text whose styles are named after what they mark.
"""
