"""Names of choices and of keys: variants are found by name, and keys that had another name once are still understood.

Where users add variants a new one is a new module of a package, and its function bears the module's name. Where they do
not, a table of short variants is one module, and its public functions are the variants. There is no registry to edit.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from harness.spec.errors import RequestError
from harness.spec.phase import say

MANY = 25


@cache
def variants(place: str) -> tuple[str, ...]:
    """Names of the variants in a package or a module, in alphabetical order, without importing what holds them."""
    found = importlib.util.find_spec(place)
    if found is None:
        return ()
    if found.submodule_search_locations is None:
        return tuple(sorted(_public_functions(Path(str(found.origin)))))
    modules = pkgutil.iter_modules(list(found.submodule_search_locations))
    return tuple(sorted(each.name for each in modules if not each.ispkg and not each.name.startswith("_")))


def _public_functions(file: Path) -> list[str]:
    content = ast.parse(file.read_text(encoding="utf-8")).body
    return [each.name for each in content if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")]


def load_variant(place: str, name: str) -> Callable[..., Any]:
    """The function of the variant `name` of a package or a module.

    Raises:
        RequestError: its module has no function of that name.
    """
    held = importlib.import_module(place)
    if hasattr(held, "__path__"):
        held = importlib.import_module(f"{place}.{name}")
    function: Callable[..., Any] | None = getattr(held, name, None)
    if function is None:
        raise RequestError(
            f"{name}: {held.__name__} has no function {name}; a variant's function bears its file's name"
        )
    return function


def suggest(wrong: str, right: Iterable[str]) -> str:
    """'did you mean X? (one of: ...)': the close names, and all of them where they are few."""
    names = sorted(right)
    close = difflib.get_close_matches(wrong, names, n=3, cutoff=0.6)
    hints = [f"did you mean {' or '.join(close)}?"] if close else []
    if names and (len(names) <= MANY or not close):
        hints.append(f"(one of: {', '.join(names[:MANY])}{', ...' if len(names) > MANY else ''})")
    return " ".join(hints)


ALIASES = {"probes": "monitors"}
"""The name of today by the earlier one."""


def current(key: str) -> str:
    """The name that a key has today; one that had another name is told of on standard error, once a process."""
    if key in ALIASES:
        _tell(key)
    return ALIASES.get(key, key)


@cache
def _tell(key: str) -> None:
    say(f"note: {key} is called {ALIASES[key]} now; the earlier name is still understood")
