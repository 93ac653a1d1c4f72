"""`harness bridge`: which single difference between two creations makes what share of the gap between them?"""

from __future__ import annotations

from harness.cli.requests import requests, take
from harness.cli.usage import CommandUsage, Key
from harness.spec.errors import RequestError

USAGE = CommandUsage(
    (Key("sampled", "null", "so many orders of the differences instead of all hybrids"),),
    ("harness bridge creation=create_model,swap_head data=made transfer=linear_probe 'seed=range(0,10)'",),
    run="the keys of a run; two creations and the seeds are needed",
)


def bridge(arguments: list[str]) -> int:
    """`harness bridge creation=A,B [the keys of a run] ['seed=range(0,10)'] [sampled=N]`: trained, recorded, reported.

    Every hybrid of the two creations is trained with the same seeds; `sampled` takes N orders of their differences
    instead of all hybrids. What is done already is not trained again.
    """
    given, overrides = take(arguments, USAGE)
    jobs = requests(["comparison.bridge=true", f"comparison.orders={given['sampled']}", *overrides])

    from harness.study.bridges import rows, with_bridges
    from harness.study.check import Checker
    from harness.study.conduct import conduct
    from harness.study.study import Study, named

    study = named(Study(tuple(jobs), (), ("bridge", *arguments)))
    for row in rows(jobs):
        if len(row) != 2:
            raise RequestError(
                f"harness bridge goes from one creation to another, the overrides name {len(row)} for one row of the "
                "map; for instance creation=create_model,swap_head"
            )
    return conduct(with_bridges(study, Checker()))
