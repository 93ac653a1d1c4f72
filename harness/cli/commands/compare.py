"""`harness compare`: what differs between two runs, two studies, or one study at two commits?"""

from __future__ import annotations

from pathlib import Path

from harness.analysis.compare.comparison import Compared
from harness.analysis.compare.runs import compare_runs
from harness.analysis.compare.side import Run, Sweep, find
from harness.analysis.compare.studies import compare_studies
from harness.analysis.compare.train import train
from harness.cli.arguments import words
from harness.cli.usage import BOOLEAN, CommandUsage, Key
from harness.cli.written import write
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

FORMATS = "harness.analysis.compare.formats"
SIDES = ("a", "b")

USAGE = CommandUsage(
    (
        Key("a", None, "first side; the first word without a key"),
        Key("b", None, "second side; the second word without a key"),
        Key("study", "", "study that the beginnings of run ids are of"),
        Key("out", "runs", "folder of the studies"),
        Key("format", "text", "how it is written", variants(FORMATS)),
        Key("to", "", "file to write to"),
        Key("train", "false", "train one run by the code of either commit", BOOLEAN),
    ),
    (
        "harness compare runs/gap results/gap",
        "harness compare results/gap git:HEAD~20:results/gap",
    ),
    run="under train=true the keys of one run",
)


def compare(arguments: list[str]) -> int:
    """`harness compare A B [study=NAME] [out=runs] [format=text|json|markdown] [to=FILE]`, or `a=A b=B`.

    A side is a run's folder, a study's folder, the beginning of a run's id beside `study=`, or `git:COMMIT[:PATH]`.
    `harness compare git:A git:B train=true [the keys of a run]` trains one run by the code of either commit.
    """
    named = _named(arguments)
    overrides = (
        [word for word in named if word.partition("=")[0] not in USAGE.defaults] if "train=true" in named else []
    )
    given = words("compare", [word for word in named if word not in overrides], USAGE)
    if given["train"] not in ("true", "false"):
        raise RequestError(f"train: must be true or false, got {given['train']}")
    known = variants(FORMATS)
    if given["format"] not in known:
        raise RequestError(f"format: there is no '{given['format']}'; {suggest(given['format'], known)}")
    trains, out = given["train"] == "true", Path(given["out"])
    a, b = (
        train(key, given[key], overrides) if trains else find(key, given[key], given["study"], out) for key in SIDES
    )
    written = load_variant(FORMATS, given["format"])(_compared(a, b))
    write(written, given["to"])
    return 0


def _named(arguments: list[str]) -> list[str]:
    """The first word without a key is `a`, the second `b`."""
    bare = [argument for argument in arguments if "=" not in argument]
    if len(bare) > 2:
        raise RequestError(f"harness compare takes two sides, got {len(bare)}: {', '.join(bare)}")
    return [f"{key}={word}" for key, word in zip(SIDES, bare, strict=False)] + [
        argument for argument in arguments if "=" in argument
    ]


def _compared(a: Run | Sweep, b: Run | Sweep) -> Compared:
    if isinstance(a, Run) and isinstance(b, Run):
        return compare_runs(a, b)
    if isinstance(a, Sweep) and isinstance(b, Sweep):
        return compare_studies(a, b)
    run, study = ("a", "b") if isinstance(a, Run) else ("b", "a")
    raise RequestError(f"{run} is a run and {study} a study; name two runs or two studies")
