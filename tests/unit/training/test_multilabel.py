"""A run on images of several labels: its loss, its start, its record, and what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as reference
import torch
from scipy.special import expit

from harness.data.load import load
from harness.data.split import split
from harness.execution.packing.plan import recipe_refusal
from harness.model.heads.bias import log_prior
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.machine import Machine
from harness.spec.rules import faults
from harness.spec.spec import Recipe, Spec
from harness.spec.streams import stream
from harness.training.recipe.losses import image_losses
from harness.training.recipe.objective import make_loss
from harness.training.run import run
from tests import multilabel

CPU = Machine(device="cpu", threads=1)
Ask = Callable[..., Spec]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return multilabel.table(tmp_path_factory.mktemp("tables") / "digits", 180)


@pytest.fixture
def ask(folder: Path) -> Ask:
    def asked(**groups: Any) -> Spec:
        data = {"name": "table", "path": folder, "size": 32, **groups.pop("data", {})}
        usual = {
            "transfer": {"name": "linear_probe"},
            "recipe": {"epochs": 2, "batch_size": 16},
            "init": {"name": "zeros"},
        }
        return Spec.model_validate({"data": data, **usual, **groups})

    return asked


def _prior_loss(labels: torch.Tensor) -> float:
    p = labels.double().mean(0)
    return float(-(p * p.log() + (1 - p) * (1 - p).log()).mean())


def test_a_head_of_zeros_starts_at_log_two_whatever_the_number_of_labels(ask: Ask) -> None:
    for labels in (None, 2):
        record = run(ask(data={"classes": labels}), CPU)
        assert record.birth["initial_loss"] == pytest.approx(math.log(2), abs=1e-6)
        assert record.birth["uniform_loss"] == pytest.approx(math.log(2))


def test_a_bias_at_the_log_odds_starts_at_the_labels_entropy(ask: Ask) -> None:
    """The prior is that of the images learnt from; among those validated on, labels are nearly as frequent."""
    record = run(ask(init={"name": "zeros", "bias": "prior"}), CPU)
    assert record.birth["initial_loss"] < record.birth["uniform_loss"]
    assert record.birth["initial_loss"] == pytest.approx(record.birth["prior_loss"], abs=0.01)


def test_the_prior_is_the_log_odds_of_labels_and_the_log_frequency_of_classes() -> None:
    labels = torch.tensor([[1, 0], [1, 0], [1, 1], [0, 0]])
    assert torch.sigmoid(log_prior(labels, 2)).tolist() == pytest.approx([0.75, 0.25])
    classes = torch.tensor([0, 0, 0, 2, 1, 1])
    assert torch.softmax(log_prior(classes, 3), 0).tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6])


def test_the_prior_of_classes_is_a_single_labels_too(
    quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    spec = quick().model_copy(update={"init": quick().init.model_copy(update={"name": "zeros", "bias": "prior"})})
    record = trained(spec)  # as many of each class: the entropy is that of a uniform guess
    assert record.birth["initial_loss"] == pytest.approx(record.birth["uniform_loss"], abs=0.02)


def test_the_loss_is_torchs_mean_over_images_and_labels() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(12, 4), torch.randint(0, 2, (12, 4))
    expected = torch.nn.BCEWithLogitsLoss()(logits, labels.float())
    assert image_losses(logits, labels).mean() == pytest.approx(float(expected))
    plain = make_loss(Recipe(), labels, 4, torch.device("cpu"))
    assert plain(logits, labels) == pytest.approx(float(expected))
    weights = (labels == 0).sum(0) / labels.sum(0)
    balanced = make_loss(Recipe(balance="loss"), labels, 4, torch.device("cpu"))
    expected = torch.nn.BCEWithLogitsLoss(pos_weight=weights)(logits, labels.float())
    assert balanced(logits, labels) == pytest.approx(float(expected))


def test_balanced_labels_weigh_as_much_with_as_without() -> None:
    labels = (torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) < 0.1).long()
    loss = make_loss(Recipe(balance="loss"), labels, 3, torch.device("cpu"))
    logits = torch.zeros(500, 3, requires_grad=True)
    loss(logits, labels).backward()
    assert logits.grad is not None
    assert logits.grad.sum(0).abs().max() < 1e-6  # what having it pulls up, not having it pulls down


def test_outputs_that_belong_to_no_label_have_no_loss() -> None:
    logits, labels = torch.randn(6, 10), torch.randint(0, 2, (6, 3))
    assert torch.equal(image_losses(logits, labels), image_losses(logits[:, :3], labels))


def test_the_record_holds_what_its_predictions_say(ask: Ask) -> None:
    record = run(ask(init={"name": "torch_default"}), CPU)
    kept, metrics = record.predictions, record.metrics
    assert kept is not None
    assert kept.log_probability is not None
    probability = np.exp(kept.log_probability.astype(np.float64))
    expected = 100 * reference.roc_auc_score(kept.label, probability, average=None)
    assert metrics["auroc_by_label"] == pytest.approx(expected.tolist(), abs=0.5)  # half precision has ties
    assert metrics["f1_micro"] == pytest.approx(100 * reference.f1_score(kept.label, kept.predicted, average="micro"))
    assert kept.loss is not None
    assert metrics["loss"] == pytest.approx(float(kept.loss.mean()), rel=1e-5)
    assert record.data["targets"] == "labels"
    assert "top1" not in metrics
    assert [point["val_top1"] for point in record.curve] == [None] * len(record.curve)
    assert record.curve[-1]["val_average_precision"] == pytest.approx(metrics["val_average_precision"])


def test_thresholds_come_from_the_validation_part_alone(ask: Ask) -> None:
    """With other labels on the test part the thresholds stay; with 0.5 there are none to choose."""
    spec = ask(init={"name": "torch_default"})
    record = run(spec, CPU)
    dataset = load(spec.data)
    test = dataset.load_test()
    before = test.labels.clone()  # the images are cached, and the next run reads the same
    try:
        test.labels.copy_(1 - before)
        other = run(spec, CPU)
    finally:
        test.labels.copy_(before)
    assert other.metrics["thresholds"] == record.metrics["thresholds"]
    assert other.metrics["f1_micro"] != record.metrics["f1_micro"]
    half = run(ask(init={"name": "torch_default"}, metrics={"threshold": "half"}), CPU)
    assert half.metrics["thresholds"] == [0.5] * 3
    assert half.metrics["f1_macro"] == half.metrics["f1_macro_half"] == record.metrics["f1_macro_half"]


def test_columns_in_another_order_give_the_same_run_in_that_order(tmp_path: Path, ask: Ask) -> None:
    order = (2, 0, 1)
    turned = multilabel.table(tmp_path / "digits", 180, order=order)
    spec = ask(init={"name": "zeros", "bias": "prior"})
    other = ask(init={"name": "zeros", "bias": "prior"}, data={"path": turned})
    one, two = run(spec, CPU), run(other, CPU)
    assert one.data["split_hash"] == two.data["split_hash"]
    expected = np.array(one.metrics["auroc_by_label"])[list(order)]
    assert two.metrics["auroc_by_label"] == pytest.approx(expected.tolist(), abs=1e-3)
    assert two.metrics["loss"] == pytest.approx(one.metrics["loss"], rel=1e-5)


def test_labels_can_be_learnt(ask: Ask) -> None:
    record = run(ask(recipe={"epochs": 12, "batch_size": 16, "lr": 1e-2}), CPU)
    prior = record.metrics["val_auroc"]
    assert prior > 65
    assert record.metrics["auroc"] > 65
    assert record.metrics["loss"] < record.birth["uniform_loss"]


def test_whole_networks_learn_them_too_and_stop_by_average_precision(ask: Ask) -> None:
    recipe = {"epochs": 3, "batch_size": 32, "early_stopping": 2, "monitor": "val_average_precision"}
    record = run(ask(transfer={"name": "full"}, recipe=recipe, init={"name": "torch_default"}), CPU)
    best = max(point["val_average_precision"] for point in record.curve[1:] if float(point["epoch"]).is_integer())
    assert record.metrics["val_average_precision"] == pytest.approx(best)


def test_a_head_without_a_bias_cannot_be_given_one(ask: Ask) -> None:
    spec = ask(init={"name": "torch_default", "bias": "prior"}, creation={"name": "fastai"}, transfer={"name": "full"})
    with pytest.raises(ImpossibleConfiguration, match=r"init\.bias: prior sets the head's bias"):
        run(spec, CPU)


REFUSED = {
    "recipe.label_smoothing": {"recipe": {"label_smoothing": 0.1}},
    "recipe.mixup": {"recipe": {"mixup": 0.2}, "transfer": {"name": "full"}},
    "recipe.cutmix": {"recipe": {"cutmix": 0.2}, "transfer": {"name": "full"}},
    "recipe.balance": {"recipe": {"balance": "sampling"}},
    "recipe.monitor": {"recipe": {"monitor": "val_top1", "early_stopping": 1}},
    "init": {"init": {"name": "class_means"}},
    "metrics.positive": {"metrics": {"positive": "even"}},
    "evaluation": {"evaluation": {"name": "answers_flipped"}},
    "shift": {"shift": {"name": "corruptions"}},
}


@pytest.mark.parametrize("key", REFUSED)
def test_what_needs_one_class_an_image_is_refused_in_one_line(ask: Ask, key: str) -> None:
    assert list(faults(ask())) == []
    [fault] = faults(ask(**REFUSED[key]))
    assert fault.startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("groups", "key"),
    [
        ({"metrics": {"threshold": "one"}}, "metrics.threshold"),
        ({"recipe": {"monitor": "val_average_precision", "early_stopping": 1}}, "recipe.monitor"),
        ({"init": {"name": "fitted", "bias": "prior"}}, "init.bias"),
    ],
)
def test_what_needs_several_labels_is_refused_on_one_class(groups: dict[str, Any], key: str) -> None:
    [fault] = faults(Spec.model_validate(groups))
    assert fault.startswith(f"{key}: ")


def test_such_runs_are_packed_with_and_without_weights(ask: Ask) -> None:
    assert recipe_refusal(ask(), CPU) is None
    assert recipe_refusal(ask(recipe={"balance": "loss"}), CPU) is None


def test_the_prior_is_of_the_images_that_are_learnt_from(ask: Ask) -> None:
    spec = ask(init={"name": "zeros", "bias": "prior"})
    train = load(spec.data).train
    learnt, _ = split(train, spec.data.val_fraction, stream(spec, "split"))
    record = run(spec, CPU)
    bias = record.birth["head"][0]["bias"]
    prior = log_prior(train.labels[learnt], 3)
    assert (bias["min"], bias["max"]) == pytest.approx((float(prior.min()), float(prior.max())))
    assert expit(bias["max"]) == pytest.approx(float(train.labels[learnt].double().mean(0).max()))
    assert _prior_loss(train.labels[learnt]) < math.log(2)
