"""`harness cache`: what decoded images are kept, and their removal."""

from __future__ import annotations

from pathlib import Path

from harness.cli.arguments import words
from harness.cli.usage import CommandUsage, Key
from harness.data.cache import CacheEntry, entries
from harness.spec.errors import RequestError
from harness.spec.paths import default_cache
from harness.spec.variants import suggest

USAGE = CommandUsage(
    (
        Key("cache", "", "folder of the cache; by default that of the user"),
        Key("clear", "", "what to remove: all, or a name"),
    ),
    (
        "harness cache",
        "harness cache clear=all",
    ),
)


def cache(arguments: list[str]) -> int:
    """`harness cache [cache=FOLDER] [clear=all|NAME]`: one line for each entry, and for each that is removed."""
    given = words("cache", arguments, USAGE)
    folder = Path(given["cache"]).expanduser() if given["cache"] else default_cache()
    found = {entry.name: entry for entry in entries(folder)}
    chosen = list(found.values()) if given["clear"] in ("", "all") else [_named(given["clear"], found)]
    for entry in chosen:
        print(f"{entry.name}  {entry.bytes / 2**20:10.1f} MiB  {entry.about}")
        if given["clear"]:
            entry.remove()
    told = "removed" if given["clear"] else "kept"
    print(f"{len(chosen)} set(s), {sum(entry.bytes for entry in chosen) / 2**20:.1f} MiB {told} in {folder}")
    return 0


def _named(name: str, found: dict[str, CacheEntry]) -> CacheEntry:
    if name not in found:
        raise RequestError(f"clear: the cache holds no '{name}'; {suggest(name, ['all', *found])}")
    return found[name]
