"""The source that a function of the user's own is made of: its module, and every local one that this imports."""

from __future__ import annotations

import ast
import importlib.util
import sysconfig
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Folders of installed packages, by their name; a package installed as editable lies elsewhere and is local."""

OWN = "harness"
"""This package: what it computes is told by the number of its numerics."""


def sources(module: str) -> dict[str, str]:
    """The text of the module and of every local module that it imports, directly or by another, by name.

    Read are the import statements, wherever they stand, also within functions. The module itself is read wherever it
    lies; of an installed one the version of its distribution stands beside it, in place of what it imports.
    """
    found: dict[str, str] = {}
    left = [module]
    while left:
        name = left.pop()
        file = _file(name)
        if name in found or file is None:
            continue
        local = _is_local(name, file)
        if not local and name != module:
            continue
        found[name] = importlib.util.decode_source(file.read_bytes())
        if local:
            left += _imported(name, file, found[name])
        else:
            found |= _versions(name)
    return found


def _file(name: str) -> Path | None:
    """The Python file of a module; None for what has none, such as an extension."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):  # no such module: a name within one, or an optional package
        return None
    origin = spec.origin if spec is not None else None
    return Path(origin) if origin is not None and origin.endswith(".py") and Path(origin).is_file() else None


def _is_local(name: str, file: Path) -> bool:
    if name.partition(".")[0] == OWN or INSTALLED & set(file.parts):
        return False
    paths = sysconfig.get_paths()
    return not any(file.is_relative_to(paths[key]) for key in ("stdlib", "platstdlib", "purelib", "platlib"))


def _versions(name: str) -> dict[str, str]:
    return {f"version {each}": version(each) for each in packages_distributions().get(name.partition(".")[0], ())}


def _imported(name: str, file: Path, text: str) -> Iterator[str]:
    """The modules that a source names, and the packages they lie in, whose code runs as well."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    try:
        tree = ast.parse(text)
    except SyntaxError:  # of a module that is imported when it is called for: the run will tell
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            within = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            base = ".".join(part for part in (within if node.level else "", node.module) if part)
            for alias in node.names:
                yield from _with_parents(f"{base}.{alias.name}")


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    top = _file(parts[0])
    if top is not None and not _is_local(parts[0], top):
        return  # to look for what lies within would import it
    yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
