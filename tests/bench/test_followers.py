"""Readers of the benchmark see every event, however the stream is cut into pieces, and notice when one is missing."""

from datetime import UTC, datetime

from bench.sides.followers import Reader, Seen

HEADERS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
AT = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def message(position: int) -> bytes:
    envelope = f'{{"position":{position},"stream":"talks","recorded_at":"2026-01-01T00:00:00.000000Z"}}'
    return f"id: {position}\ndata: {envelope}\n\n".encode()


def heartbeat(position: int) -> bytes:
    return f'event: heartbeat\nid: {position}\ndata: {{"position":{position}}}\n\n'.encode()


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def read(stream: bytes, size: int) -> tuple[Reader, Seen]:
    """Have a reader at position 16 read it in pieces of this size."""
    seen = Seen(16)
    reader = Reader(seen)
    for start in range(0, len(stream), size):
        reader.data_received(stream[start : start + size])
    return reader, seen


STREAM = b"".join([
    HEADERS,
    chunk(b"retry: 2000\n" + heartbeat(16)),
    chunk(message(17)),
    chunk(message(18) + message(19)),
    chunk(heartbeat(19)),
    chunk(message(20)),
])  # fmt: skip


def test_read_stream_in_pieces_of_any_size_sees_every_event_once() -> None:
    for size in range(1, len(STREAM) + 1):
        reader, seen = read(STREAM, size)
        assert (reader.position, reader.gaps, len(seen.waited)) == (20, 0, 4)
        assert seen.recorded_at == dict.fromkeys(range(17, 21), AT)


def test_read_stream_that_leaves_an_event_out_or_tells_one_twice_has_a_gap() -> None:
    assert read(STREAM.replace(message(18), b""), 50)[0].gaps == 1
    assert read(STREAM.replace(message(18), message(17)), 50)[0].gaps > 0
