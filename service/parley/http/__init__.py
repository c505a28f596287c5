"""The REST service: one resource a file, one table of problems, one description of it all (OpenAPI)."""
