"""Models of one's own that answer with more than a tensor."""

from __future__ import annotations

import copy
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from harness.model.creation.custom import give_logits, logits_of
from harness.spec.errors import RequestError

LOGITS, OTHER = torch.ones(2, 3), torch.zeros(2, 8)
Named = namedtuple("Named", ["features", "logits"])


@dataclass
class Held:
    logits: Tensor
    loss: Tensor | None = None


@pytest.mark.parametrize(
    "output",
    [
        LOGITS,
        Held(LOGITS),
        {"features": OTHER, "logits": LOGITS},
        OrderedDict(out=LOGITS),
        (LOGITS, OTHER),
        [LOGITS, OTHER],
        Named(OTHER, LOGITS),
        (None, LOGITS),
    ],
    ids=lambda output: type(output).__name__,
)
def test_logits_are_found(output: Any) -> None:
    assert logits_of(output) is LOGITS


@pytest.mark.parametrize("output", [None, {}, (), "logits", {"a": LOGITS, "b": OTHER}, Held], ids=str)
def test_where_there_are_none_the_output_is_told(output: Any) -> None:
    with pytest.raises(RequestError, match="name it logits"):
        logits_of(output)


class Wrapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(4, 3)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        return {"logits": self.net(images), "features": images}


def test_the_module_keeps_its_names_and_a_copy_answers_alike() -> None:
    model = give_logits(Wrapped())
    images = torch.randn(2, 4)
    assert list(model.state_dict()) == ["net.weight", "net.bias"]
    assert torch.equal(model(images), model.net(images))
    assert torch.equal(copy.deepcopy(model)(images), model(images))
    called = torch.func.functional_call(model, dict(model.named_parameters()), (images,))
    assert torch.equal(called, model(images))
