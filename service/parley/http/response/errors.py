"""What can be wrong with a request before the record is asked. A docstring is a message, with the remedy."""


class HttpError(Exception):
    """The request cannot be answered.

    ``pointer``: a JSON pointer into the body (RFC 6901), None where it is not about the body. ``headers`` go into the
    answer.
    """

    def __init__(self, pointer: str | None = None, headers: dict[str, str] | None = None, **facts: str) -> None:
        self.pointer = pointer
        self.headers = headers or {}
        self.facts = facts
        message = " ".join(str(type(self).__doc__).format(**facts).split())
        super().__init__(message[:-1] if message.endswith("?.") else message)


class MalformedBody(HttpError):
    """{reason}."""


class MalformedRequest(HttpError):
    """{name}: {remedy}."""


class InvalidField(HttpError):
    """{place}: {remedy}."""


class BodyTooLarge(HttpError):
    """The body is larger than 1 MiB (1,048,576 bytes). Send the events in several lists."""


class UnsupportedMediaType(HttpError):
    """{found}. Send the body as it is, in UTF-8, with `Content-Type: application/json`."""


class NotFound(HttpError):
    """{what}. {remedy}."""


class NotYetAtThisReading(HttpError):
    """The {kind} {name} is on record, but not at these clocks. Ask for a later date or position, or leave them out."""


class NoSigningKey(HttpError):
    """This service has no key that signs checkpoints. The operator makes one with `parley keys signing`, and names its
    file in PARLEY_SIGNING_KEY_FILE; until then `/v1/log/head` gives the same, unsigned."""


class NotReady(HttpError):
    """The service cannot record or read now: {reason}. Try again in a moment."""


class ClientGone(HttpError):
    """The client went away before its request had arrived."""


class NotHttp(HttpError):
    """What was sent is not well-formed HTTP."""


class NoTunnel(HttpError):
    """This service makes no tunnels, which CONNECT asks for. Send it requests for its own addresses."""


class HeadTooLarge(HttpError):
    """The address and the header fields are larger than 64 KiB (65,536 bytes) together. Send fewer or shorter ones."""


class RequestTooSlow(HttpError):
    """The request did not arrive whole within {seconds} seconds. Send it again, under the same Idempotency-Key."""


class Stopping(HttpError):
    """The service stops, and this was not done by then. Try again in a moment, under the same Idempotency-Key."""


class ReadTooSlow(HttpError):
    """This could not be read within {seconds} seconds. Try again in a moment; ask for less at once, if it was much."""
