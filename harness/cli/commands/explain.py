"""`harness explain`: what differs between two creations, and which difference matters at step 0."""

from __future__ import annotations

from harness.cli.requests import requests, take
from harness.cli.usage import CommandUsage, Key
from harness.spec.errors import RequestError

FORMATS = ("text", "json")
IMAGES = 64

USAGE = CommandUsage(
    (Key("format", "text", "how it is written", FORMATS),),
    ("harness explain creation=create_model,swap_head data=made",),
    run="the keys of a run; commas have to name exactly two",
)


def explain(arguments: list[str]) -> int:
    """`harness explain creation=A,B [the keys of a run] [format=text|json]`: the overrides name exactly two runs."""
    given, overrides = take(arguments, USAGE)
    if given["format"] not in FORMATS:
        raise RequestError(f"format: must be text or json, got {given['format']}")
    jobs = requests(overrides)
    if len(jobs) != 2:
        raise RequestError(
            f"harness explain compares two creations, the overrides name {len(jobs)}; for instance "
            "creation=create_model,swap_head"
        )

    from harness.diagnose.explain.compare import compare
    from harness.diagnose.explain.render import as_json, names, text
    from harness.diagnose.explain.subject import subject

    first, second = (
        subject(job.spec, name, IMAGES) for job, name in zip(jobs, names([job.spec for job in jobs]), strict=True)
    )
    found = compare(first, second)
    print(text(found) if given["format"] == "text" else as_json(found))
    return 0
