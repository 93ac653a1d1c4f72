"""One formula for all numbers of classes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.formula import formula
from harness.diagnose.atlas.row import text
from harness.diagnose.atlas.structure import drawn

FEATURES = 384


def row(draw: Callable[[Tensor], Tensor]) -> dict[str, str]:
    torch.manual_seed(0)
    found = {"in_features": str(FEATURES)}
    for classes in CLASSES:
        layer = nn.Linear(FEATURES, classes)
        with torch.no_grad():
            draw(layer.weight)
        found |= {f"create_{classes}_{key}": text(value) for key, value in drawn(layer, ("",)).items()}
    return found


@pytest.mark.parametrize(
    ("expected", "draw"),
    [
        ("U(±1/√features)", lambda weight: weight),
        ("U(±1/√classes)", lambda weight: weight.uniform_(-1 / math.sqrt(len(weight)), 1 / math.sqrt(len(weight)))),
        ("U(±√(6/(features+classes)))", nn.init.xavier_uniform_),
        ("N(0, √(2/features))", nn.init.kaiming_normal_),
        ("N(0, 0.02)", lambda weight: nn.init.normal_(weight, 0, 0.02)),
        ("zeros", nn.init.zeros_),
        ("constant", nn.init.ones_),
        ("N(0, no known formula)", lambda weight: nn.init.normal_(weight, 0, 1 / len(weight))),
    ],
)
def test_a_known_dependence_is_found(expected: str, draw: Callable[[Tensor], Tensor]) -> None:
    assert formula(row(draw), "create") == expected


def test_nothing_measured_is_no_formula() -> None:
    assert formula(row(nn.init.zeros_), "reset") == ""
