"""`harness export`: a run as a plain script, without this package."""

from __future__ import annotations

import shlex

from harness.cli.requests import requests, take
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import saved
from harness.spec.errors import RequestError

USAGE = CommandUsage(
    (Key("to", "", "file to write to"),),
    ("harness export creation=swap_head transforms=none to=plain.py",),
    run="the keys of one run",
)


def export(arguments: list[str]) -> int:
    """`harness export [the keys of a run] [to=FILE]`: printed, or written to a file."""
    given, overrides = take(arguments, USAGE)
    jobs = requests(overrides)
    if len(jobs) != 1:
        raise RequestError(f"harness export writes one run, the overrides name {len(jobs)}; leave out the commas")

    from harness.diagnose.export.script import script

    source = script(jobs[0].spec)
    if given["to"]:
        target = saved(source, given["to"])
        print(f"{target}: {len(source.splitlines())} lines; {shlex.join(['python', str(target)])}")
    else:
        print(source, end="")
    return 0
