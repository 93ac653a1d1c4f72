"""The gains of residual branches do not start where their layers say."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

TOLERANCE = 0.01  # of the value: float16 keeps three digits


@declares(
    "warning",
    measures="constant gains of timm's LayerScale against the initial value that the layer states",
    threshold="1 % (float16)",
)
def layer_scale(case: Case) -> Iterator[Finding]:
    """Gains that are one number, as before training, and not the one that was asked for."""
    gains = [
        (name, module.gamma.detach().float().flatten(), float(module.init_values))
        for name, module in case.model.named_modules()
        if isinstance(getattr(module, "gamma", None), Tensor)
        and isinstance(getattr(module, "init_values", None), float)
    ]
    if not gains:
        raise NotCheckedError("no layer of the model states the initial value of its gains")
    wrong = [
        (name, float(gamma[0]), asked)
        for name, gamma, asked in gains
        if bool((gamma == gamma[0]).all()) and abs(float(gamma[0]) - asked) > TOLERANCE * abs(asked)
    ]
    if wrong:
        name, value, asked = wrong[0]
        yield Finding(
            id="layer-scale",
            severity="warning",
            seen=f"{len(wrong)} of {len(gains)} layers that scale a residual branch start at another value than they "
            f"state: {name} at {value:.3g}, not {asked:.3g}.",
            why="The initial value was asked for so that a deep network starts close to the identity; something has "
            "written over it, such as a reset of the parameters.",
            fix=f"torch.nn.init.constant_({case.written(name)}.gamma, {asked:g})",
            location=name,
        )
