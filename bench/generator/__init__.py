"""Plausible negotiations of any size, made up by chance, the same for the same size and seed.

`record.generate` gives submissions for the service, `record.record` the finished record, `exporting` its file, and
`copying` puts it into an empty database.
"""
