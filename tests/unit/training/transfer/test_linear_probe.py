"""A linear probe learns what the model itself would learn with its backbone frozen, its own dropout included."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.load import load
from harness.model.build import build
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.learner import Learner

CPU = torch.device("cpu")
STEPS, BATCH = 4, 16


def spec_of(name: str, transfer: str, *, size: int = 32, **fields: Any) -> Spec:
    return Spec.model_validate(
        {
            "backbone": {"name": name, **fields.pop("backbone", {})},
            "weights": {"name": "none", "verify": "record"},
            "data": {"name": "made", "samples": 60, "size": size},
            "transfer": {"name": transfer},
            **fields,
        }
    )


def learnt(spec: Spec) -> tuple[Learner, Tensor, dict[str, Tensor]]:
    """The learner, its losses in some steps of SGD in float64, and where they led."""
    dataset = load(spec.data)
    built = build(spec, len(dataset.classes))
    built.model.double().register_forward_pre_hook(lambda model, inputs: tuple(each.double() for each in inputs))
    learner: Learner = load_variant("harness.training.transfer", spec.transfer.name)(spec, built, dataset.train, CPU)
    optimizer = torch.optim.SGD(learner.learnable.values(), lr=0.5, momentum=0.9)
    learner.begin_epoch(0)
    learner.train()
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for step in range(STEPS):
            index = torch.arange(step, step + BATCH)
            loss = cross_entropy(learner.network(learner.source(index, None)), dataset.train.labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
    return learner, torch.stack(losses), {name: each.detach() for name, each in learner.learnable.items()}


RATE = {"regularization": {"drop_rate": 0.3}}
CASES: dict[str, tuple[str, dict[str, Any], list[float]]] = {
    "a rate of the model's": ("test_efficientnet", RATE, [0.3]),
    "a module": ("test_vit", RATE, [0.3]),
    "within a composite head": ("test_convnext", RATE, [0.3]),
    "lost with the head": ("test_efficientnet", {**RATE, "creation": {"name": "dropout_lost"}}, [0.0]),
    "lost with the forward pass": ("test_efficientnet", {**RATE, "creation": {"name": "forward_intermediates"}}, [0.0]),
    "torchvision's own": ("mobilenet_v2", {"backbone": {"library": "torchvision"}}, [0.2]),
    "timm's own": ("ghostnet_050", {}, [0.2]),
    "two heads": ("deit_tiny_distilled_patch16_224", RATE, [0.3, 0.3]),
    "two heads after norms": ("repvit_m0_9", {}, [0.0, 0.0]),
    "a head of tokens beside one of all": ("volo_d1_224", {}, [0.0, 0.0]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_probe_learns_as_the_whole_model_with_its_backbone_frozen(case: str) -> None:
    name, fields, rates = CASES[case]
    probe, losses, heads = learnt(spec_of(name, "linear_probe", **fields))
    _, expected, expected_heads = learnt(spec_of(name, "frozen_backbone", **fields))
    assert [each.p for each in probe.network.modules() if isinstance(each, nn.Dropout)] == rates
    assert torch.allclose(losses, expected, rtol=1e-10, atol=0)
    assert heads.keys() == expected_heads.keys()
    for head, found in heads.items():
        assert torch.allclose(found, expected_heads[head], rtol=1e-8, atol=1e-10), head
    assert len(set(losses.tolist())) == STEPS


@pytest.mark.parametrize("case", ["a rate of the model's", "two heads"])
def test_a_probe_evaluates_without_dropout(case: str) -> None:
    name, fields, _ = CASES[case]
    learner, _, _ = learnt(spec_of(name, "linear_probe", **fields))
    inputs = learner.source(torch.arange(8), None)
    learner.network.eval()
    assert torch.equal(learner.network(inputs), learner.network(inputs))


OTHER = """
import torch
from torch import nn

class Scaled(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.head = nn.Linear(12, classes)

    def forward(self, images):
        return torch.log_softmax(self.head(self.pool(images).flatten(1)), dim=1)

def build(num_classes):
    return Scaled(num_classes)
"""


def test_a_model_that_does_more_than_its_head_is_no_probe(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scaled_answers.py").write_text(OTHER)
    monkeypatch.syspath_prepend(tmp_path)
    spec = spec_of("test_resnet", "linear_probe", creation={"name": "custom", "target": "scaled_answers.build"})
    with pytest.raises(
        ImpossibleConfiguration, match="does not answer with what its head gives; use transfer=frozen_backbone"
    ):
        learnt(spec)
