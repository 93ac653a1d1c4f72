"""`harness claims`: every claim with its evidence and verdict, on one page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from harness.cli.arguments import words
from harness.cli.packages import prefer
from harness.spec.errors import RequestError


def claims(arguments: list[str]) -> int:
    """`harness claims [from=results] [to=results/claims] [facts=false] [timm.path=FOLDER]`.

    Judges every study below `from` that predicts something, and writes `index.html` and `claims.md` into `to`. With
    `facts=true` the claims about the library are tried on the timm at hand first, or on that in `timm.path`.
    """
    given = words("claims", arguments, {"from": "results", "to": "results/claims", "facts": "false", "timm.path": ""})
    results, folder = Path(given["from"]), Path(given["to"])
    if given["facts"] not in ("true", "false"):
        raise RequestError(f"facts: must be true or false, got {given['facts']}")
    if given["timm.path"] and given["facts"] != "true":
        raise RequestError("timm.path: is read under facts=true alone")
    if not results.is_dir():
        raise RequestError(f"from: no folder at {results}; name the one that holds the studies' results")
    if given["timm.path"]:
        prefer("timm", Path(given["timm.path"]))

    from harness.claims.evidence import gather
    from harness.claims.library import measure
    from harness.claims.page import entries, publish

    if given["facts"] == "true":
        print(f"{measure(folder)} facts tried")
    found = entries(gather(results, folder))
    for entry in found:
        print(f"{entry.claim.number:2d} {entry.verdict.word:15} {entry.claim.says}")
    counts = Counter(entry.verdict.word for entry in found)
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    print(f"Page: {publish(found, folder)['index.html']}")
    return 0
