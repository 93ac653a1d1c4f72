"""The head's draw as plain code, proven by running it."""

from __future__ import annotations

import math

import torch
from torch import nn

from harness.model.build import Built
from harness.model.heads import HeadLayer, head_layer
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.spec.streams import derive, stream

WEIGHT = (
    "nn.init.zeros_(head.weight)",
    "nn.init.kaiming_uniform_(head.weight, a=math.sqrt(5), generator=draw({seed}))",
    "nn.init.uniform_(head.weight, -1 / math.sqrt({classes}), 1 / math.sqrt({classes}), generator=draw({seed}))",
    "nn.init.trunc_normal_(head.weight, std=0.02, generator=draw({seed}))",
    "nn.init.trunc_normal_(head.weight, std=0.01, generator=draw({seed}))",
    "nn.init.normal_(head.weight, std=0.01, generator=draw({seed}))",
    "nn.init.normal_(head.weight, std=0.02, generator=draw({seed}))",
    "nn.init.normal_(head.weight, std={std}, generator=draw({seed}))",
    "nn.init.trunc_normal_(head.weight, std={std}, generator=draw({seed}))",
    "nn.init.xavier_uniform_(head.weight, generator=draw({seed}))",
    "nn.init.xavier_normal_(head.weight, generator=draw({seed}))",
    "nn.init.kaiming_normal_(head.weight, generator=draw({seed}))",
    "nn.init.kaiming_normal_(head.weight, nonlinearity='linear', generator=draw({seed}))",
    "nn.init.kaiming_uniform_(head.weight, generator=draw({seed}))",
    "nn.init.kaiming_uniform_(head.weight, nonlinearity='linear', generator=draw({seed}))",
    "nn.init.orthogonal_(head.weight, generator=draw({seed}))",
)
BIAS = (
    "nn.init.zeros_(head.bias)",
    "nn.init.uniform_(head.bias, -1 / math.sqrt({features}), 1 / math.sqrt({features}), generator=draw({seed}))",
)
"""Laws that libraries and init schemes draw heads from, as the line that draws it. The first that gives the very
tensor of the run is taken."""


def draw(seed: int) -> torch.Generator:
    """The generator behind a draw, as the script defines it."""
    return torch.Generator().manual_seed(seed)


def head_lines(spec: Spec, built: Built) -> list[str]:
    """Code that draws the run's head anew, exactly; `head` names the layer.

    Raises:
        RequestError: no line gives the run's tensors.
    """
    lines: list[str] = []
    for name in built.heads:
        layer = head_layer(built.model, name)
        lines.append(f'head = model.get_submodule("{name}")')
        lines.append(_line(WEIGHT, "weight", layer, spec, name))
        if layer.bias is not None:
            lines.append(_line(BIAS, "bias", layer, spec, name))
    return lines


def _line(candidates: tuple[str, ...], part: str, layer: HeadLayer, spec: Spec, name: str) -> str:
    tensor = getattr(layer, part)
    shape = "x".join(map(str, tensor.shape[:2]))
    values = {
        "seed": derive(str(stream(spec, "head")), shape),
        "classes": layer.weight.shape[0],
        "features": layer.weight.shape[1],
        "std": spec.init.std or 1.0,
    }
    for candidate in candidates:
        line = candidate.format(**values)
        if torch.equal(_replay(line, layer, part), tensor):
            return line
    raise RequestError(
        f"export: the draw of {name}.{part} follows no distribution that is known here; use init=torch_default"
    )


def _replay(line: str, layer: HeadLayer, part: str) -> torch.Tensor:
    """The tensor that a line of the lists above makes."""
    head = nn.Module()
    head.register_parameter(part, nn.Parameter(torch.empty_like(getattr(layer, part))))
    with torch.no_grad():
        exec(line, {"nn": nn, "math": math, "draw": draw, "head": head})
    tensor: torch.Tensor = getattr(head, part)
    return tensor
