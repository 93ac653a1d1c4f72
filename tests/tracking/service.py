"""`harness server` or `harness ui` in a process of its own, started, killed and started again."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil

PATIENCE_S = 600


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


class Service:
    """What `harness WORDS port=...` serves."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> float:
        """Start it, and wait until it answers; returns the seconds that it took.

        Raises:
            RuntimeError: it ends, or does not answer within ten minutes.
        """
        began = time.monotonic()
        command = [sys.executable, "-m", "harness", *self._words, f"port={self._port}"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(f"harness {self._words[0]} does not answer; exit code {self._process.poll()}")
            time.sleep(0.2)
        return time.monotonic() - began

    def kill(self) -> None:
        """End the command and MLflow's processes with SIGKILL; PostgreSQL is left behind as it then is."""
        assert self._process is not None
        command = psutil.Process(self._process.pid)
        for process in [command, *command.children(recursive=True)]:
            process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False
