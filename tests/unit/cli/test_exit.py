"""How the process of a command ends: in order, and without taking apart what it holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

ENDS = """
import atexit, sys, threading, time
from harness.cli import main
atexit.register(print, "at exit")
def command_line():
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    sys.exit(int(sys.argv[1]))
main.command_line = command_line
{profiler}
try:
    main.main()
finally:
    print("written by the profiler")
"""


@pytest.mark.parametrize("code", [0, 2])
def test_threads_and_exit_functions_come_first_and_the_code_is_kept(code: int) -> None:
    done = subprocess.run([sys.executable, "-c", ENDS.format(profiler=""), str(code)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split("\n")[:-1]) == (code, ["thread", "at exit"])


def test_a_profiler_sees_the_end() -> None:
    watched = ENDS.format(profiler="sys.setprofile(lambda *what: None)")
    done = subprocess.run([sys.executable, "-c", watched, "0"], capture_output=True, text=True)
    assert done.stdout.split("\n")[:-1] == ["written by the profiler", "thread", "at exit"]
