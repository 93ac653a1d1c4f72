"""One run against the same thing done by hand, and what it does when the training goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

import harness.training.setup as module
from harness.data.load import load
from harness.data.split import split
from harness.model.build import build
from harness.model.heads import head_layer
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Recipe, Spec
from harness.spec.streams import stream
from harness.training.evaluate import evaluation_steps
from harness.training.recipe.schedules import LearningRate
from harness.training.recording import failure

Quick = Callable[..., Spec]
Afresh = Callable[..., Record]
PROBE = {"transfer": {"name": "linear_probe"}}
BROKEN = {"optimizer": "sgd", "lr": 3e38}


@pytest.mark.parametrize("drop_rate", [0.0, 0.3])
def test_a_probe_is_a_frozen_backbone_in_eval_mode(drop_rate: float, quick: Quick, afresh: Afresh) -> None:
    """Plain torch, image batch by image batch, without the features that the strategy keeps."""
    recipe = {"schedule": "constant", "lr": 3e-3, "batch_size": 32}
    spec = quick(recipe=recipe, regularization={"drop_rate": drop_rate}, **PROBE)
    record = afresh(spec)
    dataset = load(spec.data)
    train, _ = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    built = build(spec, 10)
    model = built.model.eval().requires_grad_(False)
    head = head_layer(model, built.heads[0]).requires_grad_(True)
    mean, std = (
        torch.tensor(values).view(1, 3, 1, 1) for values in (built.preprocessing.mean, built.preprocessing.std)
    )

    def logits(pixels: torch.Tensor, training: bool) -> torch.Tensor:
        caught: list[torch.Tensor] = []
        handle = head.register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0]))
        model((pixels.float() / 255 - mean) / std)
        handle.remove()
        return head(torch.nn.functional.dropout(caught[0], drop_rate, training))

    order = torch.Generator().manual_seed(stream(spec, "order"))
    with torch.random.fork_rng():
        torch.manual_seed(stream(spec, "dropout"))
        optimizer = torch.optim.AdamW(head.parameters(), lr=3e-3, weight_decay=0.0)
        for batch in train[torch.randperm(len(train), generator=order)].split(32):
            if len(batch) < 32:
                continue
            optimizer.zero_grad()
            cross_entropy(logits(dataset.train.pixels[batch], True), dataset.train.labels[batch]).backward()
            optimizer.step()
    test = dataset.load_test()
    with torch.no_grad():
        answers = torch.cat([logits(pixels, False) for pixels in test.pixels.split(250)])
    losses = cross_entropy(answers, test.labels, reduction="none").numpy()
    assert record.predictions is not None
    np.testing.assert_allclose(record.predictions.loss, losses, rtol=1e-4, atol=1e-4)
    assert (record.predictions.predicted == answers.argmax(1).numpy()).mean() > 0.998
    assert record.metrics["steps"] == 5


def test_the_head_of_a_probe_has_dropout(quick: Quick, afresh: Afresh) -> None:
    without, neutral, dropped = (
        afresh(quick(regularization={"drop_rate": rate}, **PROBE)) for rate in (None, 0.0, 0.5)
    )
    assert without.curve == neutral.curve
    assert without.curve[0] == dropped.curve[0]
    assert without.curve[-1]["val_loss"] != dropped.curve[-1]["val_loss"]


def _watch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens in a run, in its order: steps of training, and readings of the test part."""
    events: list[str] = []

    def watched_load(*arguments: Any, **named: Any) -> Any:
        dataset = load(*arguments, **named)

        def test() -> Any:
            events.append("test")
            return dataset.load_test()

        watched = replace(dataset)
        object.__setattr__(watched, "load_test", test)
        return watched

    to_eval_point = module.Training.to_eval_point

    def watched_training(training: module.Training, *arguments: Any) -> Any:
        reached = to_eval_point(training, *arguments)
        if reached is not None:
            events.append("train")
        return reached

    monkeypatch.setattr(module, "load", watched_load)
    monkeypatch.setattr(module.Training, "to_eval_point", watched_training)
    return events


@pytest.mark.parametrize("recipe", [{"epochs": 2}, BROKEN], ids=["finished", "diverged"])
@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
def test_the_test_part_is_read_once_after_the_last_step(
    transfer: str, recipe: dict[str, Any], quick: Quick, afresh: Afresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = _watch(monkeypatch)
    afresh(quick(recipe=recipe, transfer={"name": transfer}))
    assert events[-1] == "test"
    assert events.count("test") == 1
    assert "train" in events


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
def test_divergence_is_a_result_and_no_error(transfer: str, quick: Quick, afresh: Afresh) -> None:
    record = afresh(quick(recipe={**BROKEN, "epochs": 3}, transfer={"name": transfer}))
    assert record.status == "diverged"
    assert record.reason is not None
    assert record.reason.startswith("loss is not finite at step")
    assert record.metrics["steps"] < 3 * 5
    assert record.predictions is not None


@pytest.mark.parametrize(
    ("backbone", "rates"),
    [
        ("test_efficientnet", {"drop_rate": 0.3}),
        ("test_efficientnet", {"drop_path_rate": 0.2}),
        ("test_vit", {"drop_rate": 0.3, "attn_drop_rate": 0.1, "proj_drop_rate": 0.2}),
        ("test_convnext", {"drop_rate": 0.3, "drop_path_rate": 0.2}),
    ],
)
@pytest.mark.parametrize("creation", ["create_model", "swap_head"])
def test_rates_reach_the_model(
    creation: str, backbone: str, rates: dict[str, float], quick: Quick, afresh: Afresh
) -> None:
    fields = {"data": {"name": "digits", "samples": 60}, "recipe": {"epochs": 1}}
    spec = quick(backbone={"name": backbone}, creation={"name": creation}, regularization=rates, **fields)
    born = afresh(spec, probes=False).birth["rates"]
    for rate, asked in rates.items():
        if rate == "drop_path_rate":  # rises with the depth; an EfficientNet's last block stays just below
            assert asked / 2 < born[rate] <= asked + 1e-6
        else:
            assert born[rate] == pytest.approx(asked)


def test_an_architecture_without_the_rate_is_an_impossible_cell(quick: Quick, afresh: Afresh) -> None:
    spec = quick(backbone={"name": "test_resnet"}, regularization={"attn_drop_rate": 0.1})
    with pytest.raises(ImpossibleConfiguration, match=r"regularization\.attn_drop_rate: test_resnet has none"):
        afresh(spec)


def test_all_faults_are_told_before_anything_is_read(quick: Quick, afresh: Afresh) -> None:
    with pytest.raises(RequestError) as error:
        afresh(quick(data={"name": "imagefolder"}, recipe={"momentum": 0.5}))
    assert [line.partition(":")[0] for line in error.value.faults] == ["data.path", "recipe.momentum"]


def test_a_record_is_complete_and_names_no_path(quick: Quick, afresh: Afresh) -> None:
    record = afresh(quick(**PROBE))
    assert record.curve[0]["step"] == 0
    assert record.curve[0]["train_loss"] is None
    assert [point["step"] for point in record.curve] == [0, *sorted(evaluation_steps(5, 1))]
    assert "path" not in record.spec["weights"]
    assert "path" not in record.spec["data"]
    assert Spec.model_validate(record.spec) == quick(**PROBE)
    assert record.birth["trainable_parameters"] == 256 * 10 + 10 < record.birth["parameters"]
    assert record.metrics["top1"] <= record.metrics["top5"]
    assert record.data["n_train"] + record.data["n_val"] == 200
    assert record.provenance["device"] == "cpu"


def test_a_failure_is_a_record_with_its_reason(quick: Quick) -> None:
    record = failure(quick(), MemoryError("no\nmemory"), "2026-01-01T00:00:00+00:00")
    assert (record.status, record.reason) == ("failed", "MemoryError: no memory")
    assert record.predictions is None


def test_the_rate_warms_up_and_falls_to_zero() -> None:
    recipe = Recipe(lr=1.0, epochs=4, warmup_epochs=1)
    rates = list(map(LearningRate(recipe, 10), range(40)))
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10] == 1.0
    assert rates[25] == pytest.approx(0.5)
    assert 0 < rates[39] < 0.01
    constant = recipe.model_copy(update={"schedule": "constant"})
    assert set(map(LearningRate(constant, 10), range(10, 40))) == {1.0}


def test_curves_are_dense_where_arms_differ_most() -> None:
    assert sorted(evaluation_steps(10, 3)) == [1, 2, 4, 8, 10, 20, 30]
    assert sorted(evaluation_steps(1, 2)) == [1, 2]
