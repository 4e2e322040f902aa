"""
A stand-in for TikTok's API: `python -m benchmarks.standin PORT`.

The sandbox plays the platform with all its rules, six hundred calls a minute among them; this one only has to
cost less than whoever asks it. It takes any number <n> as the token of the account `creator<n>`, whose numbers are
larger each time, and counts the requests it saw, each with all that makes it what it is but the token.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections import Counter
from typing import cast

import orjson
import uvloop

from benchmarks.processes import run_on

VIDEOS = 20
DAY = 86_400
OWN_WORDS = (b"host:", b"authorization:", b"user-agent:", b"connection:")
"""What a client says about itself, and not about what it asks."""


class Standin(asyncio.Protocol):
    """One connection: requests one after the other, each with a body of known length."""

    seen: Counter[bytes] = Counter()
    serial = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        # uvloop's is no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._received += data
        while (split := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:split]
            end = split + 4 + _length(head)
            if len(self._received) < end:
                return
            body, self._received = self._received[split + 4 : end], self._received[end:]
            self._transport.write(self._answer(head, body))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        lines = head.split(b"\r\n")
        if lines[0].startswith(b"GET /seen"):
            return _response(self._told())
        self.seen[_shape(lines, body)] += 1
        number = next(self.serial)
        if b"/v2/user/info/" in lines[0]:
            return _response(_user(_token(lines), number))
        return _response(_videos(number))

    def _told(self) -> dict[str, int]:
        """What was seen since this was asked last."""
        told = {shape.decode(): times for shape, times in sorted(self.seen.items())}
        self.seen.clear()
        return told


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)


def _shape(lines: list[bytes], body: bytes) -> bytes:
    said = sorted(line for line in lines[1:] if not line.lower().startswith(OWN_WORDS))
    return b"\n".join((lines[0], *said, body))


def _token(lines: list[bytes]) -> str:
    line = next(line for line in lines if line.lower().startswith(b"authorization:"))
    return line.rpartition(b" ")[2].decode()


def _user(token: str, number: int) -> dict[str, object]:
    user = {
        "open_id": f"id{token}",
        "display_name": f"Creator {token}",
        "avatar_url": f"https://p16-sign.tiktokcdn-us.com/{token}.jpeg",
        "username": f"creator{token}",
        "follower_count": 1000 + number,
        "following_count": 100,
        "likes_count": 50_000 + number,
        "video_count": 321,
    }
    return _ok({"user": user})


def _videos(number: int) -> dict[str, object]:
    """A video a day, the newest half a day old."""
    now = int(time.time())
    videos = [_video(now - now % DAY - DAY // 2 - n * DAY, number) for n in range(VIDEOS)]
    return _ok({"videos": videos, "cursor": (now - VIDEOS * DAY) * 1000, "has_more": False})


def _video(published: int, number: int) -> dict[str, object]:
    return {
        "id": str(published),
        "create_time": published,
        "share_url": f"https://www.tiktok.com/@creator/video/{published}?utm_campaign=tt4d_open_api",
        "title": "Bread in five minutes #baking #bread",
        "video_description": "Bread in five minutes, as @mara.bakes showed it. #baking #bread #morning",
        "cover_image_url": f"https://p16-sign.tiktokcdn-us.com/{published}.jpeg?x-expires=1764000000",
        "view_count": 10_000 + number,
        "like_count": 1_000 + number,
        "comment_count": 100 + number,
        "share_count": 10 + number,
    }


def _ok(data: dict[str, object]) -> dict[str, object]:
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "20261122"}}


def _response(answer: object) -> bytes:
    body = orjson.dumps(answer)
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


async def serve(port: int) -> None:
    """Answer until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Standin, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    run_on(core=1)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
