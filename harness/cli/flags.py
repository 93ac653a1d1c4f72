"""Hydra's flags and overrides in whatever order they are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from harness.spec.errors import RequestError


def sorted_words(words: Sequence[str]) -> list[str]:
    """The flags with their values first, then all overrides: Hydra's own parser wants the overrides in one piece.

    Raises:
        RequestError: a flag is unknown, or lacks its value.
    """
    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()

    def refuse(message: str) -> NoReturn:
        raise RequestError(f"{message.replace('unrecognized arguments', 'no such option')}; see harness --help")

    parser.error = refuse  # type: ignore[method-assign]  # argparse's own prints its usage and leaves
    asked = parser.parse_intermixed_args(list(words))
    if asked.run + asked.multirun + asked.shell_completion + bool(asked.cfg) + bool(asked.info) > 1:
        raise RequestError("-m, --cfg, --info and -sc exclude each other; of a sweep --cfg shows what one run gets")
    overrides = list(asked.overrides)
    left, flags = list(overrides), []
    for word in words:
        if word in left:
            left.remove(word)
        else:
            flags.append(word)
    return [*flags, *overrides]
