"""What a recipe adds to the loop, on networks small enough to check by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.optimizer import register_optimizer_step_post_hook

from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.training.hardware import find_hardware
from harness.training.learner import Learner
from harness.training.loop import EvalPoint, Training

IMAGES, CLASSES = 96, 3
DRAW = torch.Generator().manual_seed(0)
PIXELS = torch.randn(IMAGES, 3, 4, 4, generator=DRAW)
LABELS = torch.randint(CLASSES, (IMAGES,), generator=DRAW)


def network(norm: nn.Module | None = None) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 8), norm or nn.LayerNorm(8), nn.GELU(), nn.Linear(8, CLASSES))


def learner_of(model: nn.Module, inputs: Tensor = PIXELS) -> Learner:
    return Learner(
        network=model,
        source=lambda index, generator: inputs[index],
        source_of=lambda images: lambda index, generator: inputs[index],
        learnable=dict(model.named_parameters()),
        train=model.train,
    )


def fit(
    model: nn.Module, labels: Tensor = LABELS, inputs: Tensor = PIXELS, precision: str = "float32", **recipe: Any
) -> list[EvalPoint]:
    spec = Spec.model_validate({"recipe": {"optimizer": "sgd", "lr": 0.1, "batch_size": 24, "epochs": 2, **recipe}})
    hardware = find_hardware(Machine.model_validate({"device": "cpu", "threads": 1, "precision": precision}))
    with torch.random.fork_rng():
        index = torch.arange(len(labels))
        training = Training(spec, learner_of(model, inputs), labels, index, CLASSES, hardware)
        return list(iter(training.to_eval_point, None))


def weights(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


@pytest.mark.parametrize(
    "recipe",
    [{}, {"balance": "loss"}, {"mixup": 0.5, "cutmix": 1.0}, {"clip_grad": 0.1}, {"label_smoothing": 0.1}],
    ids=str,
)
def test_parts_of_a_batch_give_the_gradient_of_the_whole(recipe: dict[str, Any]) -> None:
    whole, parts = network().double(), network().double()
    first = fit(whole, inputs=PIXELS.double(), **recipe)
    second = fit(parts, inputs=PIXELS.double(), grad_accum_steps=4, **recipe)
    assert not torch.allclose(weights(whole), weights(network().double()))
    torch.testing.assert_close(weights(whole), weights(parts), rtol=1e-6, atol=1e-6)  # losses are float32
    assert [reached.train_loss for reached in first] == pytest.approx(
        [reached.train_loss for reached in second], rel=1e-5
    )


def test_batchnorm_sees_the_parts() -> None:
    """The one thing that accumulation changes, as the loop says."""
    whole, parts = network(nn.BatchNorm1d(8)), network(nn.BatchNorm1d(8))
    fit(whole)
    fit(parts, grad_accum_steps=4)
    assert not torch.allclose(weights(whole), weights(parts), atol=1e-4)


@pytest.mark.parametrize("mode", ["norm", "value", "agc"])
def test_clipping_shortens_steps(mode: str) -> None:
    start, free, clipped = network(), network(), network()
    fit(free, epochs=1)
    fit(clipped, epochs=1, clip_grad=1e-3, clip_mode=mode)
    moved = [(after - before).detach() for before, after in zip(start.parameters(), clipped.parameters(), strict=True)]
    if mode == "agc":  # the last layer is left alone
        assert float(moved[-2].norm()) > 10 * float(moved[0].norm()) > 0
    else:
        whole = float((weights(clipped) - weights(start)).norm())
        assert 0 < whole < 0.1 * float((weights(free) - weights(start)).norm())


def test_the_clipped_norm_is_the_one_asked_for() -> None:
    model = network()
    fit(model, epochs=1, clip_grad=1e-3)
    norm = torch.stack([parameter.grad.norm() for parameter in model.parameters() if parameter.grad is not None]).norm()
    assert float(norm) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("warmup", [False, True])
def test_the_average_follows_its_formula(warmup: bool) -> None:
    averaged, plain = network(), network()
    path: list[Tensor] = []
    handle = register_optimizer_step_post_hook(lambda *_: path.append(weights(averaged).clone()))
    try:
        last = fit(averaged, ema_decay=0.6, ema_warmup=warmup)[-1]
    finally:
        handle.remove()
    fit(plain)
    assert torch.equal(weights(averaged), weights(plain))
    expected = path[0]
    for before, value in enumerate(path[1:], start=1):  # steps that came before
        decay = min(0.6, 1 - (1 + before) ** (-2 / 3)) if warmup else 0.6
        expected = decay * expected + (1 - decay) * value
    torch.testing.assert_close(weights(last.network), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("balance", ["loss", "sampling"])
def test_balance_helps_the_rare_class(balance: str) -> None:
    """Two overlapping classes, 20 to 1: without it nothing is ever called rare."""
    draw = torch.Generator().manual_seed(1)
    labels = (torch.arange(420) % 21 == 0).long()
    inputs = torch.randn(420, 3, 4, 4, generator=draw) + 0.3 * labels[:, None, None, None]

    def recall(**recipe: Any) -> float:
        model = nn.Sequential(nn.Flatten(), nn.Linear(48, CLASSES))
        nn.init.zeros_(model[1].weight)
        fit(model, labels, inputs, lr=0.01, **recipe)
        return float((model(inputs[labels == 1]).argmax(dim=1) == 1).float().mean())

    assert recall() < 0.3
    assert recall(balance=balance) > 0.7


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_half_precision_learns_what_single_precision_learns(precision: str, optimizer: str) -> None:
    single, half = network(), network()
    recipe = {"optimizer": optimizer, "lr": 1e-2, "epochs": 8, "clip_grad": 1.0}
    first, second = fit(single, **recipe)[-1], fit(half, precision=precision, **recipe)[-1]
    assert all(parameter.dtype == torch.float32 for parameter in half.parameters())
    assert second.train_loss < 1.0
    assert second.train_loss == pytest.approx(first.train_loss, rel=0.1)
    assert not torch.equal(weights(single), weights(half))


def test_float16_scales_its_losses_and_gives_gradients_back_as_they_are() -> None:
    """Gradients of 1e-7 are 0 in float16, unless they are scaled."""
    hardware = find_hardware(Machine(device="cpu", precision="float16"))
    assert hardware.scaler().is_enabled()
    assert not find_hardware(Machine(device="cpu", precision="bfloat16")).scaler().is_enabled()
    single, half = network(), network()
    fit(single, epochs=1, batch_size=96)
    fit(half, epochs=1, batch_size=96, precision="float16")
    for one, two in zip(single.parameters(), half.parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad, rtol=0.05, atol=2e-3)


def test_what_is_off_draws_nothing() -> None:
    """A recipe with every key at its default is the loop as one would write it by hand."""
    model, other = network(), network()
    fit(model)
    spec = Spec.model_validate({"recipe": {"optimizer": "sgd", "lr": 0.1, "batch_size": 24, "epochs": 2}})
    order = torch.Generator().manual_seed(stream(spec, "order"))
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    for step in range(8):
        if step % 4 == 0:
            batches = torch.randperm(IMAGES, generator=order).split(24)
        optimizer.param_groups[0]["lr"] = 0.1 * (1 + math.cos(math.pi * step / 8)) / 2
        optimizer.zero_grad()
        cross_entropy(other(PIXELS[batches[step % 4]]), LABELS[batches[step % 4]]).backward()
        optimizer.step()
    assert torch.equal(weights(model), weights(other))
