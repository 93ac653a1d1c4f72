"""Predictions for real models: of nothing for equals, and in the known direction for a wide head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from harness.dev.prediction.fit import save
from harness.diagnose.predict.coefficients import FILE, coefficients
from harness.diagnose.predict.forecast import forecasts
from harness.diagnose.predict.limits import outside
from harness.diagnose.predict.stage import entrant
from harness.spec.errors import RequestError
from harness.spec.spec import Regularization, Spec, Transforms

RECIPE = {"lr": 3e-4, "epochs": 2, "batch_size": 32}


def test_two_names_for_one_model_have_no_gap(quick: Callable[..., Spec]) -> None:
    first, second = (quick(creation={"name": name}, init={"name": "zeros"}) for name in ("create_model", "swap_head"))
    [found] = forecasts(first, second, [1e-3])
    assert found.same
    assert (found.gap, found.low, found.high) == (0, 0, 0)


def test_exchanging_the_arms_turns_the_sign(quick: Callable[..., Spec]) -> None:
    wide, narrow = (quick(creation={"name": name}, recipe=RECIPE) for name in ("create_model", "swap_head"))
    [one], [other] = forecasts(wide, narrow, [3e-4]), forecasts(narrow, wide, [3e-4])
    assert one.gap == -other.gap
    assert one.gap > 0
    assert one.low < one.gap < one.high
    assert one.first.initial_loss > one.second.initial_loss
    assert one.first.backbone_share > one.second.backbone_share


def test_a_pair_that_differs_in_its_recipe_is_refused(quick: Callable[..., Spec]) -> None:
    with pytest.raises(RequestError, match="recipe"):
        forecasts(quick(), quick(recipe={"lr": 1e-2}), [1e-3])


def test_a_plan_unlike_those_judged_is_said_to_be(quick: Callable[..., Spec]) -> None:
    inside = quick(data={"name": "made", "samples": 500}, transforms={"name": "crop_flip"}, recipe=RECIPE)
    [found] = forecasts(inside, inside, [3e-4])
    fitted = coefficients().fitted
    assert list(outside(inside, inside, found, fitted)) == []
    digits = inside.model_copy(update={"transforms": Transforms(name="mild")})
    assert list(outside(digits, digits, found, fitted)) == []
    for changed, named in [
        ({"transfer": {"name": "frozen_backbone"}}, "transfer=frozen_backbone"),
        ({"transfer": {"norm": "group"}}, "transfer.norm"),
        ({"backbone": {"name": "resnet10t", "library": "torchvision"}}, "backbone.library"),
        ({"backbone": {"name": "test_resnet", "stride": 1}}, "backbone.stride"),
        ({"backbone": {"name": "convnext_atto"}}, "backbone.name"),
        ({"creation": {"name": "dropout_lost"}}, "went with the old head"),
        ({"init": {"name": "orthogonal"}}, "init=orthogonal"),
        ({"regularization": {"drop_rate": 0.1}}, "drop rates"),
        ({"data": {"name": "medmnist", "set": "pneumoniamnist_64", "fingerprint": "0"}}, "data=medmnist"),
        ({"transforms": {"name": "random_resized_crop"}}, "transforms"),
        ({"evaluation": {"name": "bgr"}}, "evaluation=bgr"),
        ({"recipe": {**RECIPE, "optimizer": "lamb"}}, "recipe.optimizer"),
        ({"recipe": {**RECIPE, "momentum": 0.5}}, "recipe.momentum"),
        ({"recipe": {**RECIPE, "label_smoothing": 0.1}}, "label_smoothing"),
        ({"recipe": {**RECIPE, "batch_size": 256}}, "recipe.batch_size"),
        ({"recipe": {**RECIPE, "lr": 10.0}}, "recipe.lr"),
        ({"recipe": {**RECIPE, "epochs": 100}}, "recipe.epochs"),
        ({"recipe": {**RECIPE, "weight_decay": 0.1}}, "weight_decay"),
        ({"recipe": {**RECIPE, "mixup": 0.2}}, "recipe.mixup"),
        ({"recipe": {**RECIPE, "schedule": "constant"}}, "recipe.schedule"),
    ]:
        other = Spec.model_validate({**inside.model_dump(), **changed})
        lines = list(outside(other, other, found, fitted))
        assert len(lines) == 1, lines
        assert named in lines[0]
        assert named not in " ".join(outside(inside, inside, found, fitted))


def test_what_the_second_alone_has_is_said_too(quick: Callable[..., Spec]) -> None:
    inside = quick(data={"name": "made", "samples": 500}, transforms={"name": "crop_flip"}, recipe=RECIPE)
    dropping = inside.model_copy(update={"regularization": Regularization(drop_rate=0.5)})
    [found] = forecasts(inside, dropping, [3e-4])
    assert not found.same
    [line] = outside(inside, dropping, found, coefficients().fitted)
    assert "drop rates" in line


def test_coefficients_survive_their_file(tmp_path: Path) -> None:
    save(coefficients(), tmp_path / "saved.json")

    assert (tmp_path / "saved.json").read_text() == FILE.read_text()
    assert set(asdict(coefficients())) >= {"speed", "slope", "distortion"}


@pytest.mark.parametrize(
    ("recipe", "told"), [({"optimizer": "lamb"}, r"adamw and sgd only"), ({"schedule": "plateau"}, r"plateau")]
)
def test_what_cannot_be_rehearsed_is_refused(recipe: dict[str, str], told: str, quick: Callable[..., Spec]) -> None:
    with pytest.raises(RequestError, match=told):
        entrant(quick(recipe=recipe))
