"""Real pretrained weights on real images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from harness.data.load import load
from harness.model.build import build, find_weights
from harness.model.heads import head_layer
from harness.model.options import check_architecture
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.packaged import TABLE, PackagedWeights
from harness.spec.spec import Data, Spec
from harness.training.batches import Normalise
from harness.training.run import run
from tests.packaged import needed

pytestmark = pytest.mark.real


def real(assets: Path, backbone: str, file: str, **groups: Any) -> Spec:
    weights = {"name": "file", "path": assets / "weights" / f"{file}.safetensors"}
    return Spec.model_validate({"backbone": {"name": backbone}, "weights": weights, **groups})


@pytest.mark.parametrize(
    ("backbone", "file", "classes"),
    [
        ("mobilenetv2_100", "mobilenetv2_100", 1000),
        ("resnet10t", "resnet10t_tinyimagenet", 202),
        ("convnext_atto", "convnext_atto_tinyimagenet", 202),
    ],
)
@pytest.mark.parametrize("creation", ["create_model", "swap_head", "reset_classifier"])
def test_every_tensor_arrives(assets: Path, backbone: str, file: str, classes: int, creation: str) -> None:
    spec = real(assets, backbone, file, creation={"name": creation})
    assert find_weights(spec).num_classes == classes
    built = build(spec, 5)
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    assert built.verification.loaded == built.verification.expected
    if backbone == "mobilenetv2_100":
        assert built.verification.expected == 260
    assert head_layer(built.model, built.heads[0]).weight.shape[0] == 5


def test_another_library_s_names_are_refused(assets: Path) -> None:
    with pytest.raises(
        RequestError, match=r"torchvision_squeezenet1_1\.safetensors has no head of mobilenetv2_100"
    ) as error:
        build(real(assets, "mobilenetv2_100", "torchvision_squeezenet1_1"), 5)
    assert "\n" not in str(error.value)


def test_an_architecture_that_timm_has_not_is_refused(assets: Path) -> None:
    with pytest.raises(RequestError, match=r"timm has no 'squeezenet1_1'"):
        check_architecture("timm", "squeezenet1_1")
    with pytest.raises(RequestError, match=r"squeezenet1_1"):
        build(real(assets, "squeezenet1_1", "torchvision_squeezenet1_1"), 5)


def test_a_probe_on_chest_x_rays(assets: Path) -> None:
    data = {
        "name": "imagefolder",
        "path": assets / "images" / "chestxray",
        "size": 64,
        "samples": 300,
        "groups": r"(person\d+|IM-\d+)",
    }
    spec = real(
        assets,
        "mobilenetv2_100",
        "mobilenetv2_100",
        data=data,
        creation={"name": "swap_head"},
        transfer={"name": "linear_probe"},
        recipe={"epochs": 10, "batch_size": 32},
    )
    record = run(spec, Machine(device="cpu", threads=1))
    assert record.status == "finished"
    assert record.data["label"] == "chestxray"
    assert record.data["test_groups_in_train"] == record.data["test_images_in_train"] == 0
    assert record.data["n_train"] + record.data["n_val"] == 300
    assert record.birth["weights"]["loaded"] == 260
    assert record.curve[-1]["val_loss"] < record.curve[0]["val_loss"]
    majority = max(record.data["class_counts"]) / record.data["n_train"]
    assert record.metrics["top1"] > 100 * majority


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.architecture)
def test_the_classifier_of_a_package_knows_its_classes(assets: Path, known: PackagedWeights) -> None:
    """ImageNet has daisies as class 985, and none of the other four flowers. Forty photographs of each kind."""
    needed(known)
    spec = Spec.model_validate({"backbone": {"name": known.architecture}, "weights": {"name": "package"}})
    built = build(spec, 1000)
    test = load(Data(name="imagefolder", path=assets / "images" / "flowers5", size=160)).load_test()
    normalise = Normalise(built.preprocessing, torch.device("cpu"))
    named = {}
    for name, chosen in (("daisies", test.labels == 0), ("others", test.labels != 0)):
        with torch.inference_mode():
            called = built.model.eval()(normalise.stored(test.pixels[chosen][:: 1 if name == "daisies" else 5][:40]))
        named[name] = float((called.argmax(1) == 985).float().mean())
    assert named["daisies"] > 0.7
    assert named["others"] < 0.3
