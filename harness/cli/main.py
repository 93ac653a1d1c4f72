"""The `harness` command."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NoReturn

from harness.cli.arguments import opened, refuse_search, sorted_words
from harness.cli.exits import (
    FAILED,
    INTERRUPTED,
    REQUEST_WRONG,
    UserExit,
    finish,
    leave,
    prompt_end,
    sigterm_taken,
    tell,
)
from harness.spec.errors import LostRankError, RequestError, StorageError
from harness.spec.variants import load_variant, suggest, variants
from harness.training.collector import collect_seldom
from harness.training.stop import Interrupted

COMMANDS = "harness.cli.commands"
HELP = frozenset({"--help", "-h"})
COMPLETION = frozenset({"-sc", "--shell-completion"})

SERVICES = (["server"], ["ui"])
"""They end a database or a server of their own first, which takes as long as it takes."""

SYSTEM = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
)  # fmt: skip
"""What the machine, and not this package, has against a file: no right to it, no room for it, no such place."""


def main() -> NoReturn:
    """The `harness` command as a process of its own, which ends without taking apart what it holds.

    Under a profiler or a debugger it ends as any program does.
    """
    collect_seldom()
    try:
        command_line()
    except SystemExit as asked:
        if sys.getprofile() or sys.gettrace() or not isinstance(asked.code, int | None):
            raise
        finish(asked.code or 0)


def command_line() -> NoReturn:
    """Run a companion command if the first word names one, else the Hydra application; ends by SystemExit."""
    logging.getLogger("timm").setLevel(logging.ERROR)  # of weights that were not loaded, the record tells more
    services = sys.argv[1:2] in SERVICES
    with sigterm_taken(), nullcontext() if services else prompt_end():
        code = told(lambda: _in_world(sys.argv[1:]))
        if code > INTERRUPTED:
            leave(code)
        sys.exit(code)


def told(command: Callable[[], int]) -> int:
    """The exit code of a command; what was wrong with the request is told without a traceback."""
    try:
        code = command()
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # what read the output, `head` or a pager, wants no more of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit fails again
        return INTERRUPTED + signal.SIGPIPE
    except RequestError as error:
        for fault in error.faults:
            print(f"error: {fault}", file=sys.stderr)
        return REQUEST_WRONG
    except (StorageError, LostRankError) as error:
        print(f"error: {error}; what is done is kept, and the same command goes on from there", file=sys.stderr)
        return FAILED
    except OSError as error:
        if error.filename is None or error.errno not in SYSTEM:
            raise
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as asked:
        number = asked.number if isinstance(asked, Interrupted) else signal.SIGINT
        tell(number)
        return INTERRUPTED + number


def _in_world(words: list[str]) -> int:
    """Of the processes that torchrun started together, the first does what was asked, and leads the others."""
    if "WORLD_SIZE" not in os.environ:
        return _command(words)
    from harness.spec.machine import world

    found = world()
    if found.count == 1:
        return _command(words)
    from harness.execution.distributed import follow, ranks

    if found.rank > 0:
        return follow.follow()
    with ranks.leading():
        return _command(words)


def _command(words: list[str]) -> int:
    first, *others = words or [""]
    if first in variants(COMMANDS) and HELP & set(others):
        from harness.cli.usage import described

        print(described(first))
        return 0
    if "--version" in words:
        from harness.cli.usage import versions

        print(versions())
        return 0
    if first != "search":
        refuse_search(words)
    if first in variants(COMMANDS):
        code: int = load_variant(COMMANDS, first)(others)
        return code
    if first and "=" not in first and not first.startswith(("-", "+", "~")):
        raise RequestError(
            f"{first}: no such command, and a run needs none: harness KEY=VALUE ...; "
            f"{suggest(first, variants(COMMANDS))}"
        )
    return _hydra()


def _hydra() -> int:
    """The Hydra application: one run, or a study with -m. Its errors come back as faults of the request."""
    from hydra import main as hydra_main
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import HydraException
    from omegaconf import DictConfig
    from omegaconf.errors import OmegaConfBaseException

    from harness.cli.compose import CONFIGURATION
    from harness.spec.paths import configuration_folder

    os.environ["HYDRA_FULL_ERROR"] = "1"  # hands errors back instead of printing them
    sys.argv[1:] = sorted_words([opened(argument) for argument in sys.argv[1:]])
    if HELP & set(sys.argv):
        from harness.cli.usage import overview

        print(overview())
    elif COMPLETION & set(sys.argv):
        from harness.cli.usage import complete

        if complete(sys.argv[1:]):
            return 0

    @hydra_main(version_base="1.3", config_path=str(configuration_folder()), config_name=CONFIGURATION)
    def application(config: DictConfig) -> None:
        from harness.cli.compose import own_axes, plain
        from harness.cli.single import run_one

        whole: Any = HydraConfig.instance().cfg

        def one() -> int:
            if own_axes(whole):
                raise RequestError(
                    "hydra.sweeper: the request names axes, and a single run has none; add -m to sweep them"
                )
            return run_one(plain(config))

        # Told here: what leaves this function as an exception, Hydra announces with a line of its own.
        raise UserExit(told(lambda: explained(one)))

    def explained(work: Callable[[], int]) -> int:
        try:
            return work()
        except (HydraException, OmegaConfBaseException) as error:
            from harness.cli import messages

            raise RequestError(messages.explain(error)) from None

    def composed() -> int:
        application()
        return 0

    return explained(composed)
