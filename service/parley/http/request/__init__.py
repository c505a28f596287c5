"""Requests: what a client sends, checked."""
