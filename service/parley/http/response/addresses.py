"""Where things are read."""

from negotiation.streams import stream


def address_of(stream_name: str) -> str:
    """The address of a stream's negotiation, round or party."""
    here = stream(stream_name)
    if here.is_party:
        return f"/v1/parties/{here.part}"
    return f"/v1/negotiations/{here.unit}" + (f"/rounds/{here.part}" if here.is_round else "")


def address_of_event(position: int) -> str:
    """The address of an event."""
    return f"/v1/events/{position}"
