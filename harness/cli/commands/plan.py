"""`harness plan`: what a sweep would do, what of it is done already, and what it will cost."""

from __future__ import annotations

from pathlib import Path

from harness.cli.exits import FAILED
from harness.cli.requests import take
from harness.cli.sweep import planned_study
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import write
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants
from harness.study.planning.make import make

FORMATS = "harness.study.planning.formats"
SWEEP = ("-m", "--multirun")

USAGE = CommandUsage(
    (
        Key("format", "text", "how it is written", variants(FORMATS)),
        Key("to", "", "file to write to"),
        Key("from", "", "folder of the studies that time and disk are estimated from; by default that of out="),
    ),
    (
        "harness plan -m +experiment=gap",
        "harness plan -m creation=create_model,swap_head 'seed=range(0,8)' from=results",
    ),
    run="-m and the keys of a sweep",
)


def plan(arguments: list[str]) -> int:
    """`harness plan [-m] [the keys of a sweep] [from=OUT] [format=text|json] [to=FILE]`: nothing is trained or written.

    `from` is the folder of the studies that time and disk are estimated from. Returns 1 where the sweep would be
    refused for what was done before.
    """
    given, overrides = take(arguments, USAGE)
    known = variants(FORMATS)
    if given["format"] not in known:
        raise RequestError(f"format: there is no '{given['format']}'; {suggest(given['format'], known)}")
    words = [word for word in overrides if word not in SWEEP]
    study = planned_study(words, swept=len(words) < len(overrides))
    earlier = Path(given["from"]) if given["from"] else study.first.out
    if given["from"] and not earlier.is_dir():
        raise RequestError(f"from: no folder at {earlier}; name the one that holds the studies")
    found = make(study, earlier)
    write(load_variant(FORMATS, given["format"])(found), given["to"])
    return FAILED if any(conflict.refused for conflict in found.conflicts) else 0
