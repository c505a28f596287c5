"""Responses: documents, lists, problems."""
