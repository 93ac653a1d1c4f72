"""Variants are found by their file: a new one is a new module, and there is no registry to edit."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any


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
    """'did you mean X? (one of: ...)', the close names first; an empty string where nothing is known."""
    names = sorted(right)
    if not names:
        return ""
    close = difflib.get_close_matches(wrong, names, n=3, cutoff=0.6)
    shown = names if len(names) <= 20 else [*names[:20], f"and {len(names) - 20} more"]
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}(one of: {', '.join(shown)})"
