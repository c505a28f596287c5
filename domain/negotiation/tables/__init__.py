"""Answers to analysts' questions as flat rows, made from a dossier. A row is one observation, with its source."""
