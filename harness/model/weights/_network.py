"""Whether a download can be had at all, asked before a library retries for a minute."""

from __future__ import annotations

import socket
from urllib.parse import urlparse

CONNECT_SECONDS = 3.0


def reachable(address: str) -> bool:
    """Whether something answers at the address' host and port."""
    target = urlparse(address)
    try:
        socket.create_connection((target.hostname or "", target.port or 443), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
