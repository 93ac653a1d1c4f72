"""A proxy before a server that holds every answer back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

CHUNK = 1 << 16


class _Proxy:
    def __init__(self, port: int, delay: Callable[[], float]) -> None:
        self._port, self._delay = port, delay

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join one client to the server; the first bytes after those of the client come late."""
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        asked = asyncio.Event()
        # At the end the loop cancels what is under way, and tells of it where a client's task ends by that.
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._forward(reader, back, asked), self._hold_back(there, writer, asked))
        for side in (writer, back):
            side.close()

    async def _forward(self, client: asyncio.StreamReader, server: asyncio.StreamWriter, asked: asyncio.Event) -> None:
        while part := await client.read(CHUNK):
            asked.set()
            server.write(part)
            await server.drain()
        server.close()

    async def _hold_back(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter, asked: asyncio.Event
    ) -> None:
        while part := await server.read(CHUNK):
            if asked.is_set():
                asked.clear()
                await asyncio.sleep(self._delay())
            client.write(part)
            await client.drain()


@contextmanager
def slow(port: int, delay: Callable[[], float]) -> Iterator[int]:
    """Yields the port at which the server at `port` answers after `delay()` seconds."""
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        end = asyncio.Event()
        async with await asyncio.start_server(_Proxy(port, delay).serve, "127.0.0.1", 0) as server:
            started.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), end))
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    here, loop, end = started.result()
    try:
        yield here
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
