"""`harness claims`: every claim with its evidence and verdict, on one page."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cli.arguments import words
from harness.cli.packages import prefer
from harness.cli.usage import BOOLEAN, CommandUsage, Key
from harness.cli.written import folder_for, in_checkout
from harness.spec.errors import RequestError

USAGE = CommandUsage(
    (
        Key("from", "results", "folder of the studies' results"),
        Key("to", "", "folder of page and tables; results/claims in a checkout, elsewhere nothing is written"),
        Key("facts", "false", "try the claims about the library first", BOOLEAN),
        Key("timm.path", "", "folder of another release of timm, for facts=true"),
    ),
    (
        "harness claims",
        "harness claims facts=true",
    ),
)


def claims(arguments: list[str]) -> int:
    """`harness claims [from=results] [to=FOLDER] [facts=false] [timm.path=FOLDER]`.

    Judges every study below `from` that predicts something, and writes `index.html` and `claims.md` into `to`. With
    `facts=true` the claims about the library are tried on the timm at hand first, or on that in `timm.path`.
    """
    given = words("claims", arguments, USAGE)
    results = Path(given["from"])
    if given["facts"] not in ("true", "false"):
        raise RequestError(f"facts: must be true or false, got {given['facts']}")
    if given["timm.path"] and given["facts"] != "true":
        raise RequestError("timm.path: is read under facts=true alone")
    if not results.is_dir():
        raise RequestError(f"from: no folder at {results}; name the one that holds the studies' results")
    if given["timm.path"]:
        prefer("timm", Path(given["timm.path"]))

    from harness.analysis.claims.evidence import gather
    from harness.analysis.claims.library import measure
    from harness.analysis.claims.page import entries, publish

    kept = given["to"] or in_checkout("results/claims")
    with ExitStack() as stack:
        folder = folder_for(Path(kept)) if kept else results / "claims"
        if given["facts"] == "true":
            folder = folder if kept else Path(stack.enter_context(TemporaryDirectory(prefix="claims-")))
            print(f"{measure(folder)} facts tried")
        found = entries(gather(results, folder))
        for entry in found:
            print(f"{entry.claim.number:2d} {entry.verdict.word:15} {entry.claim.says}")
        counts = Counter(entry.verdict.word for entry in found)
        print(", ".join(f"{count} {word}" for word, count in counts.items()))
        if kept:
            print(f"Page: {publish(found, folder)['index.html']}")
    return 0
