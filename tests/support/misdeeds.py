"""What a platform may do in place of an answer."""

from __future__ import annotations

import asyncio
import gzip
import json

from support.hostile import Misdeed

HTML = b"<!doctype html><title>Sorry</title><script>alert('garbage')</script><p>Something went wrong."
GARBAGE = "<script>alert('garbage')</script>"
"""A text that must not stand unescaped in any page."""


def answers(
    status: str, *headers: str, body: bytes = b"", kind: str = "application/json", length: int | None = None
) -> Misdeed:
    """A whole answer; *length* is what it says of its body's."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = [f"Content-Type: {kind}", f"Content-Length: {len(body) if length is None else length}"]
        lines = [f"HTTP/1.1 {status}", *told, "Connection: close", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


def says(raw: bytes) -> Misdeed:
    """These bytes, and then an end."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return say


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never begin to answer."""
    await reader.read()


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A good head, and then a byte a second."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(1)


async def trickle_heads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say again and again that the answer is about to come."""
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body without end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        writer.write(b'"x",' * 65536)
        await writer.drain()


async def flood_heads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Headers without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while True:
        writer.write(b"".join(b"X-%d: %s\r\n" % (number + n, b"y" * 200) for n in range(200)))
        await writer.drain()
        number += 200


def bomb(megabytes: int) -> Misdeed:
    """A small answer that unpacks to so much."""
    packed = gzip.compress(b" " * (megabytes << 20))
    return answers("200 OK", "Content-Encoding: gzip", body=packed)


def leads_to(url: str, status: str = "302 Found") -> Misdeed:
    """A redirect."""
    return answers(status, f"Location: {url}")


def tells(value: object, status: str = "200 OK") -> Misdeed:
    """JSON."""
    return answers(status, body=json.dumps(value).encode())


NONSENSE: dict[str, Misdeed] = {
    "nothing at all": says(b""),
    "cut in the head": says(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "cut in the body": answers("200 OK", body=b'{"access_token": "cut', length=5000),
    "a body longer than it says": answers("200 OK", body=b'{"data": 1}' * 100, length=3),
    "a length that is no number": says(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "broken chunks": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "no HTTP": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "bytes": says(bytes(range(256)) * 8),
    "not packed as it says": answers("200 OK", "Content-Encoding: gzip", body=b"{}"),
    "packed in an unknown way": answers("200 OK", "Content-Encoding: br", body=b"{}"),
    "a page": answers("200 OK", body=HTML, kind="text/html"),
    "a refusal as a page": answers("401 Unauthorized", body=HTML, kind="text/html"),
    "forbidden as a page": answers("403 Forbidden", body=HTML, kind="text/html"),
    "not found as a page": answers("404 Not Found", body=HTML, kind="text/html"),
    "a bad request as a page": answers("400 Bad Request", body=HTML, kind="text/html"),
    "an empty refusal": answers("401 Unauthorized"),
    "a bad gateway": answers("502 Bad Gateway", body=HTML, kind="text/html"),
    "a status that is none": answers("799 Oh", body=b"{}"),
    "null": tells(None),
    "a list": tells([]),
    "a text": tells(GARBAGE),
    "a number": tells(7),
    "an empty object": tells({}),
    "other keys": tells({"hello": GARBAGE}),
    "data that is none": tells({"data": GARBAGE, "items": 7, "access_token": [7], "expires_in": "soon"}),
    "nulls within": tells({"data": None, "items": None, "access_token": None, "error": None, "user": None}),
    "NaN": answers("200 OK", body=b'{"access_token": NaN, "expires_in": NaN, "data": NaN, "items": [NaN]}'),
    "infinite numbers": answers(
        "200 OK", body=b'{"expires_in": 1e400, "data": Infinity, "items": -Infinity}'
    ),
    "100,000 deep": answers("200 OK", body=b"[" * 100_000 + b"]" * 100_000),
    "a number of 200,000 digits": answers("200 OK", body=b'{"expires_in": ' + b"9" * 200_000 + b"}"),
    "half a character": answers(
        "200 OK", body=b'{"open_id": "\\u0000", "data": "\\ud83d", "error": "\\ud83d"}'
    ),
    "bytes that are no text": answers("200 OK", body=b'{"data": "\xff\xfe\xfa"}'),
    "a bomb": bomb(40),
    "a body without end": flood,
    "headers without end": flood_heads,
}
"""Whatever is no answer and comes quickly, by what it is."""

SLOW: dict[str, Misdeed] = {"hangs": hang, "trickles": trickle, "hints without end": trickle_heads}
"""Whatever is no answer in time."""
