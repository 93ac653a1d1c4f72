"""timm's optimizers by name: each takes a step, or is refused with a reason."""

from __future__ import annotations

import pytest
import torch
from timm.optim import list_optimizers
from torch import nn
from torch.nn.functional import cross_entropy

from harness.spec.errors import RequestError
from harness.spec.spec import Recipe
from harness.training.recipe.optimizer import check_optimizer, make_optimizer

TOO_SLOW = ("kron", "kronc", "kronw")
"""They compile their steps, for minutes."""


@pytest.mark.parametrize("name", [name for name in list_optimizers() if name not in TOO_SLOW])
def test_every_name_learns_or_is_refused_with_a_reason(name: str) -> None:
    recipe = Recipe(optimizer=name, lr=1e-3, weight_decay=0.01)
    faults = check_optimizer(recipe)
    if faults:
        assert [fault.partition(":")[0] for fault in faults] == ["recipe.optimizer"]
        assert name in faults[0]
        assert name.startswith(("bnb", "fused")) or name == "adahessian"
        return
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 3))
    before = [parameter.detach().clone() for parameter in network.parameters()]
    optimizer = make_optimizer(recipe, network)
    for _ in range(3):
        optimizer.zero_grad()
        cross_entropy(network(torch.eye(4)), torch.tensor([0, 1, 2, 0])).backward()
        optimizer.step()
    after = list(network.parameters())
    assert all(parameter.isfinite().all() for parameter in after)
    assert not all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"optimizer": "adamww"}, r"^recipe\.optimizer: timm has no 'adamww'; did you mean .*adamw"),
        ({"optimizer": "adahessian"}, r"^recipe\.optimizer: adahessian needs gradients of gradients"),
        ({"optimizer": "adamw", "momentum": 0.9}, r"^recipe\.momentum: has no effect under recipe\.optimizer=adamw"),
        ({"optimizer_kwargs": {"beta": 1}}, r"^recipe\.optimizer_kwargs: adamw with .*beta"),
        ({"optimizer_kwargs": {"lr": 1}}, r"^recipe\.optimizer_kwargs: lr has a key of its own"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(fields: dict[str, object], told: str) -> None:
    recipe = Recipe.model_validate(fields)
    [fault] = check_optimizer(recipe)
    with pytest.raises(RequestError, match=told):
        raise RequestError(fault)


@pytest.mark.parametrize("name", ["sgd", "lars", "rmsprop", "muon"])
def test_momentum_reaches_those_that_have_it(name: str) -> None:
    recipe = Recipe(optimizer=name, momentum=0.5)
    assert check_optimizer(recipe) == []
    assert make_optimizer(recipe, nn.Linear(3, 3)).param_groups[0]["momentum"] == 0.5


def test_biases_and_norms_decay_only_when_asked() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))

    def decays(**fields: object) -> list[tuple[float, int]]:
        groups = make_optimizer(Recipe.model_validate({"weight_decay": 0.1, **fields}), network).param_groups
        return sorted((group["weight_decay"], len(group["params"])) for group in groups)

    assert decays() == [(0.0, 3), (0.1, 1)]
    assert decays(weight_decay_exclude_1d=False) == [(0.1, 4)]


def test_keyword_arguments_reach_the_optimizer() -> None:
    recipe = Recipe(optimizer_kwargs={"betas": [0.8, 0.95], "eps": 1e-6})
    group = make_optimizer(recipe, nn.Linear(2, 2)).param_groups[0]
    assert (list(group["betas"]), group["eps"]) == ([0.8, 0.95], 1e-6)
