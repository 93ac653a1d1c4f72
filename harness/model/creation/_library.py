"""Libraries that a creation method needs beside timm and torchvision: installed, or refused in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from harness.spec.errors import RequestError


def needs(library: str, call: str) -> None:
    """Refuse where a library is not installed; it is not imported.

    Args:
        library: how it is imported, and what the package's extra is called.
        call: what of it the creation method calls.

    Raises:
        RequestError: with the line that installs it.
    """
    if find_spec(library) is None:
        raise RequestError(
            f"creation: {call} is a call of {library}, which is not installed; "
            f"pip install 'model-creation-harness[{library}]'"
        )


@contextmanager
def transformers_quiet() -> Iterator[None]:
    """transformers without its progress bars and its table of tensors that are new, as ours tells of them."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
