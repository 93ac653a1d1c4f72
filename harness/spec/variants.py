"""Variants are found by their file: a new one is a new module, and there is no registry to edit."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

MANY = 20


@cache
def variants(package: str) -> tuple[str, ...]:
    """Names of the variants in a package: its public modules, without importing any of them."""
    found = importlib.util.find_spec(package)
    locations = (found.submodule_search_locations if found else None) or []
    return tuple(
        sorted(
            module.name
            for module in pkgutil.iter_modules(list(locations))
            if not module.ispkg and not module.name.startswith("_")
        )
    )


def load_variant(package: str, name: str) -> Callable[..., Any]:
    """The function of the variant `name`: it bears the name of its module."""
    function: Callable[..., Any] = getattr(importlib.import_module(f"{package}.{name}"), name)
    return function


def suggest(wrong: str, right: Iterable[str]) -> str:
    """'did you mean X? (one of: ...)': the close names, and all of them where they are few."""
    names = sorted(right)
    close = difflib.get_close_matches(wrong, names, n=3, cutoff=0.6)
    hints = [f"did you mean {' or '.join(close)}?"] if close else []
    if names and (len(names) <= MANY or not close):
        hints.append(f"(one of: {', '.join(names[:MANY])}{', ...' if len(names) > MANY else ''})")
    return " ".join(hints)
