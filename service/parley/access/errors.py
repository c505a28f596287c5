"""Why somebody may not do something, or not now. A docstring is a message, with the remedy."""


class AccessError(Exception):
    """The request is not done for who asks. ``retry_after_s``: in how many seconds it may be, where it may."""

    retry_after_s: int | None = None

    def __init__(self, *, retry_after_s: int | None = None, **facts: str) -> None:
        self.facts = facts
        self.retry_after_s = retry_after_s
        super().__init__(" ".join(str(type(self).__doc__).format(**facts).split()))


class KeyMissing(AccessError):
    """This takes a key. Send it as `Authorization: Bearer parley_...`; who runs the service makes one with
    `parley keys create`."""


class KeyRefused(AccessError):
    """The key is not accepted: {reason}."""


class RoleLacking(AccessError):
    """The key {key} has the role {role}, and this takes {needed}. Ask who runs the service for a key of that role."""


class NegotiationNotCovered(AccessError):
    """The key {key} does not cover {what}: it is limited to {covered}. Ask who runs the service for one that does."""


class MisdirectedRequest(AccessError):
    """This service has no keys and so serves this machine alone, under the names localhost, 127.0.0.1 and [::1], and
    not under the one that was asked for. Use one of these names; or make keys with `parley keys create`."""


class RateLimited(AccessError):
    """The key {key} has used up its {limit} of this minute. Go on when `Retry-After` says; {remedy}."""


class StreamsTaken(AccessError):
    """The key {key} follows the record {limit} times already, which is as often as it may. End one stream first."""


class AttemptsSlowed(AccessError):
    """The key is not accepted, and too many others who sent such ones wait for their answer already. Check the key, and
    try again when `Retry-After` says."""


class KeysUnknown(AccessError):
    """Who may do what cannot be read from the database now, so nobody may do anything. Nothing was done; try again in a
    moment, with the same event ids or Idempotency-Key."""
