"""`harness predict`: how large will the gap between two creations be, before anything is trained?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from harness.cli.cells import cells as study_cells
from harness.cli.requests import requests, take
from harness.cli.usage import Key, Usage
from harness.cli.written import saved
from harness.spec.errors import ImpossibleCell, RequestError

FORMATS = ("text", "json")
FACTORS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
"""Powers of ten around the planned learning rate."""

USAGE = Usage(
    (
        Key("format", "text", "how it is written", FORMATS),
        Key("settings", "", "a study whose cells are written with the ingredients of their prediction, as CSV"),
        Key("to", "", "file of that table"),
    ),
    ("harness predict creation=create_model,swap_head recipe.lr=1e-3",),
    run="the keys of a run; commas have to name exactly two, of creations or of inits",
)


def predict(arguments: list[str]) -> int:
    """`harness predict creation=a,b [init=...] [overrides] [format=text|json]`: the gap, where it matters, and why.

    `harness predict settings=STUDY to=FILE` writes the ingredients of every cell of a study as CSV instead.
    """
    own, overrides = take(arguments, USAGE)
    if own["format"] not in FORMATS:
        raise RequestError(f"format: must be one of {', '.join(FORMATS)}, got {own['format']}")
    if own["settings"]:
        return _table(own, overrides)
    found = requests(overrides)
    if len(found) != 2:
        raise RequestError(
            f"predict: needs exactly two jobs, got {len(found)}; name two creations (creation=create_model,swap_head) "
            "or two inits (init=keep,zeros)"
        )
    import torch

    from harness.predict.coefficients import coefficients
    from harness.predict.forecast import forecasts
    from harness.predict.limits import outside
    from harness.predict.text import told

    first, second = (request.spec for request in found)
    threads = found[0].machine.threads
    torch.set_num_threads(1 if threads == "auto" else threads)  # the matrices are too small to gain from more
    rates = [first.recipe.lr * 10**power for power in FACTORS]
    try:
        forecast = forecasts(first, second, rates)
    except ImpossibleCell as reason:
        raise RequestError(str(reason)) from None
    planned = forecast[FACTORS.index(0.0)]
    warnings = list(outside(first, planned, coefficients().fitted))
    if own["format"] == "json":
        arms = [{"creation": spec.creation.name, "init": spec.init.name} for spec in (first, second)]
        answer = {"arms": arms, "planned": asdict(planned), "rates": [asdict(one) for one in forecast]}
        print(json.dumps({**answer, "outside_range": warnings}, indent=1))
    else:
        print(told(first, second, planned, forecast, warnings))
    return 0


def _table(own: Mapping[str, str], overrides: list[str]) -> int:
    if not own["to"] or overrides:
        raise RequestError("predict: settings=STUDY needs to=FILE and takes no other keys")
    import torch

    from harness.predict.coefficients import coefficients
    from harness.predict.table import cells

    torch.set_num_threads(1)
    table = cells(study_cells(own["settings"]), coefficients().speed)
    saved(table.to_csv(index=False), own["to"])
    print(f"{len(table)} cells in {own['to']}")
    return 0
