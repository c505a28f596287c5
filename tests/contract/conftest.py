"""The document, as the tests of HTTP have it."""

from tests.http.conftest import bare, described

__all__ = ["bare", "described"]
