"""`harness predict`: how large will the gap between two creations be?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from harness.cli.requests import requests, take
from harness.cli.usage import CommandUsage, Key
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.target_rules import refuse_several

FORMATS = ("text", "json")
FACTORS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
"""Powers of ten around the planned learning rate."""

USAGE = CommandUsage(
    (
        Key("format", "text", "how it is written", FORMATS),
        Key(
            "probe_steps",
            "none",
            "a number: so many first steps of both runs are trained, with four paired seeds, and the end is predicted "
            "from there",
        ),
    ),
    (
        "harness predict creation=create_model,swap_head recipe.lr=1e-3",
        "harness predict creation=create_model,swap_head recipe.epochs=10 probe_steps=5",
    ),
    run="the keys of a run; commas have to name exactly two, of creations or of inits",
)


NOT_FITTED = {"gap": None, "low": None, "high": None}


def predict(arguments: list[str]) -> int:
    """`harness predict creation=a,b [init=...] [overrides] [format=text|json]`: the gap, where it matters, and why.

    With `probe_steps=N` the first N steps of both runs are trained, and the gap at the planned rate is predicted from
    what they show. Two linear probes are run with some seeds instead, which is quicker. Where the plan lies outside
    of what the prediction was fitted on, it says so and tells none.
    """
    own, overrides = take(arguments, USAGE)
    if own["format"] not in FORMATS:
        raise RequestError(f"format: must be one of {', '.join(FORMATS)}, got {own['format']}")
    found = requests(overrides)
    if len(found) != 2:
        raise RequestError(
            f"predict: needs exactly two jobs, got {len(found)}; name two creations (creation=create_model,swap_head) "
            "or two inits (init=keep,zeros)"
        )
    first, second = (request.spec for request in found)
    steps = _steps(own["probe_steps"])
    if first.transfer.name != "linear_probe" or steps is not None:
        refuse_several(first, "predict: was fitted on", "two linear probes are measured (transfer=linear_probe)")
    rates = [first.recipe.lr * 10**power for power in FACTORS]
    try:
        if steps is not None:
            print(_after_steps(first, second, steps, found[0].machine, own["format"]))
            return 0
        tell = _measured if first.transfer.name == "linear_probe" else _predicted
        print(tell(first, second, rates, found[0].machine, own["format"]))
    except ImpossibleConfiguration as reason:
        raise RequestError(str(reason)) from None
    return 0


def _predicted(first: Spec, second: Spec, rates: Sequence[float], machine: Machine, form: str) -> str:
    import torch

    from harness.diagnose.predict.coefficients import coefficients
    from harness.diagnose.predict.forecast import forecasts
    from harness.diagnose.predict.limits import outside
    from harness.diagnose.predict.text import told

    # The matrices are too small to gain from more.
    torch.set_num_threads(1 if machine.threads == "auto" else machine.threads)
    found = forecasts(first, second, rates)
    planned = found[FACTORS.index(0.0)]
    fitted = coefficients().fitted
    beyond = {one.lr: list(outside(_at(first, one.lr), _at(second, one.lr), one, fitted)) for one in found}
    if form == "text":
        return told(first, second, planned, found, beyond)
    # No number of the fit where it has nothing to say.
    rows = {one.lr: asdict(one) | (NOT_FITTED if beyond[one.lr] and not one.same else {}) for one in found}
    kind = "same" if planned.same else "outside" if beyond[planned.lr] else "predicted"
    answer = {"kind": kind, "planned": rows[planned.lr], "rates": list(rows.values())}
    return json.dumps({"arms": _methods(first, second), **answer, "outside_range": beyond[planned.lr]}, indent=1)


def _steps(asked: str) -> int | None:
    if asked == "none":
        return None
    if not asked.isdecimal() or int(asked) < 1:
        raise RequestError(f"probe_steps: must be a number of steps from 1 on, or none, got {asked}")
    return int(asked)


def _after_steps(first: Spec, second: Spec, steps: int, machine: Machine, form: str) -> str:
    from harness.diagnose.predict.limits import outside_after_steps
    from harness.diagnose.predict.steps.coefficients import steps_coefficients
    from harness.diagnose.predict.steps.predicted import forecast_after
    from harness.diagnose.predict.steps.text import told_after_steps

    found = forecast_after(first, second, steps, machine)
    beyond = (
        [] if found.seen.same else list(outside_after_steps(first, second, found.seen, steps_coefficients().fitted))
    )
    if form == "text":
        return told_after_steps(first, second, found, beyond)
    kind = "same" if found.seen.same else "outside" if beyond else "predicted"
    numbers = asdict(found) | (NOT_FITTED if beyond else {}) | {"cost": found.seen.cost}
    answer = {"arms": _methods(first, second), "kind": kind, "planned": numbers, "outside_range": beyond}
    return json.dumps(answer, indent=1)


def _measured(first: Spec, second: Spec, rates: Sequence[float], machine: Machine, form: str) -> str:
    from harness.diagnose.predict.forecast import check_shared
    from harness.diagnose.predict.probes import measure
    from harness.diagnose.predict.text import told_of_probes

    check_shared(first, second)
    found = measure(first, second, rates, machine)
    planned = found[FACTORS.index(0.0)]
    if form == "text":
        return told_of_probes(first, second, planned, found)
    answer = {"kind": "measured", "planned": asdict(planned), "rates": [asdict(one) for one in found]}
    return json.dumps({"arms": _methods(first, second), **answer, "outside_range": []}, indent=1)


def _at(spec: Spec, rate: float) -> Spec:
    return spec.model_copy(update={"recipe": spec.recipe.model_copy(update={"lr": rate})})


def _methods(first: Spec, second: Spec) -> list[dict[str, str]]:
    return [{"creation": spec.creation.name, "init": spec.init.name} for spec in (first, second)]
