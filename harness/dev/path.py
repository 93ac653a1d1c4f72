"""`python -m harness.dev.path [OVERRIDE ...]`: the files of the package that one run executes, by their first call.

A file counts where one of its functions is called, by whichever thread of the first process; that a module is imported
does not count. The run goes to a temporary folder.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import harness

ROOT = Path(harness.__file__).parent
DEFAULT = ("creation=swap_head",)


def executed(overrides: tuple[str, ...]) -> list[str]:
    """Files below the package, each by its first call, of the run that `harness OVERRIDES` makes.

    Raises:
        SystemExit: the run failed.
    """
    seen: dict[str, None] = {}
    prefix = f"{ROOT}/"

    def note(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        function = code.co_flags & inspect.CO_OPTIMIZED  # neither a module nor the body of a class
        if event == "call" and function and code.co_filename.startswith(prefix):
            seen.setdefault(code.co_filename.removeprefix(prefix))

    from harness.cli.main import command_line

    with tempfile.TemporaryDirectory() as folder:
        sys.argv = ["harness", *overrides, f"out={folder}", "tracking=none", "checkpoint_s=none"]
        threading.setprofile(note)
        sys.setprofile(note)
        try:
            command_line()
        except SystemExit as ended:
            if ended.code:
                raise
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return [name for name in seen if not name.startswith("dev/path")]


if __name__ == "__main__":
    found = executed(tuple(sys.argv[1:]) or DEFAULT)
    print("\n".join(found))
    packages = {str(Path(name).parent) for name in found}
    print(f"{len(found)} files of the package executed, in {len(packages)} folders")
