"""The reply to timm issue #2265: its patch does what the reply says to timm itself, and its script runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import timm

from tests.committed import committed

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "examples"
PATCH = EXAMPLES / "timm_head_init.patch"
PAGE = TOP / "docs" / "reply_2265.md"

PROBES = {
    "2, chest X-rays": ("chestxray", "default"),
    "2, generated figures": ("made", "2"),
    "10, handwritten digits": ("digits", "default"),
    "10, CIFAR-10": ("cifar10", "default"),
    "10, generated figures": ("made", "10"),
    "100, generated figures": ("made", "100"),
}
"""Data and number of classes in the summary, by what the page calls them."""

LOOK = """
import json, sys, timm, torch
from safetensors.torch import save_file
found = {"place": timm.__file__}
for name in ("test_efficientnet", "mobilenetv3_small_050", "test_resnet"):
    torch.manual_seed(0)
    whole = timm.create_model(name)
    save_file(whole.state_dict(), f"{name}.safetensors")
    def make(classes, pretrained, **more):
        torch.manual_seed(1)
        overlay = {"pretrained_cfg_overlay": {"file": f"{name}.safetensors"}} if pretrained else {}
        return timm.create_model(name, num_classes=classes, pretrained=pretrained, **overlay, **more)
    for classes in (2, 10, 100, 1000):
        for pretrained in (False, True):
            head = make(classes, pretrained).get_classifier()
            found[f"{name} {classes} {pretrained}"] = [
                head.in_features, float(head.weight.abs().max()), head.weight.double().sum().item()]
    own = make(1000, True).get_classifier().weight
    assert torch.equal(own, whole.get_classifier().weight)
    assert make(0, True)(torch.rand(1, 3, 64, 64)).ndim == 2
    assert make(10, True)(torch.rand(1, 3, 64, 64)).shape == (1, 10)
    assert len(make(10, True, features_only=True)(torch.rand(1, 3, 64, 64))) > 1
print(json.dumps(found))
"""


def looked_at(folder: Path, packages: Path) -> dict[str, list[float]]:
    """Each head's width, its largest weight and the sum of all, as timm in `packages` makes them."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=folder, env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert Path(found.pop("place")).is_relative_to(packages)
    return dict(found)


def summary() -> pd.DataFrame:
    return pd.read_csv(committed("timm_patch", "summary.csv"), dtype={"data.classes": str})


def mean(found: pd.DataFrame, data: str, classes: str, rate: float, init: str) -> str:
    """Test accuracy in the one row of Lite0's probes."""
    rows = found[
        (found.backbone == "tf_efficientnet_lite0") & (found.data == data) & (found["data.classes"] == classes)
        & (found["recipe.lr"] == rate) & (found.init == init)
    ]  # fmt: skip
    return f"{rows.top1_mean.item():.1f}"


def test_the_pages_table_is_the_committed_result() -> None:
    found, text = summary(), PAGE.read_text(encoding="utf-8")
    for name, (data, classes) in PROBES.items():
        cells = [
            " / ".join(mean(found, data, classes, rate, init) for init in ("keep", "torch_default", "zeros"))
            for rate in (3e-4, 1e-3, 1e-2)
        ]
        assert f"| {name} | {' | '.join(cells)} |" in text


def test_what_the_page_says_of_all_probes_is_in_the_committed_result() -> None:
    found, text = summary(), PAGE.read_text(encoding="utf-8")
    probes = found[found.transfer == "linear_probe"]
    patched = probes[probes.init == "torch_default"]
    slow = patched[patched["recipe.lr"] < 1e-2]
    assert (slow.diff_low > 0).all()
    assert (patched.diff_high > 0).all()
    assert f"{slow.diff_mean.min():.1f} to {slow.diff_mean.max():.1f} points" in text
    keys = ["backbone", "data", "data.classes", "recipe.lr"]
    zeros = probes[probes.init == "zeros"].set_index(keys).top1_mean - patched.set_index(keys).top1_mean
    assert f"{len(zeros)} such probes" in text
    assert f"most {-zeros.min():.1f} points below the plain `nn.Linear` and up to {zeros.max():.1f} above" in text
    scratch = found[(found.transfer == "full") & (found.init == "torch_default")]
    assert (scratch.diff_high > 0).all()
    for row in scratch.itertuples():
        assert f"{row.top1_mean:.1f} against " in text


def test_the_page_shows_the_files_themselves() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for file in (EXAMPLES / "reply_2265.py", PATCH, committed("timm_patch", "reply_2265.txt")):
        assert file.read_text(encoding="utf-8").rstrip() in text


@pytest.mark.long
def test_the_patch_narrows_new_heads_over_pretrained_weights_and_nothing_else(tmp_path: Path) -> None:
    written_for = PATCH.read_text(encoding="utf-8").split()[1].rstrip(":")
    if timm.__version__ != written_for:
        pytest.skip(f"the patch is for timm {written_for}, and {timm.__version__} is installed")
    package = Path(timm.__file__).parent
    shutil.copytree(package, tmp_path / "patched" / "timm", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "apply", "--unsafe-paths", f"--directory={tmp_path / 'patched'}", str(PATCH)],
                   cwd=tmp_path, check=True)  # fmt: skip
    before = looked_at(tmp_path / "one", package.parent)
    after = looked_at(tmp_path / "two", tmp_path / "patched")
    for name in ("test_efficientnet", "mobilenetv3_small_050"):
        for classes in (2, 10, 100):
            key = f"{name} {classes} True"
            features, largest, _ = after[key]
            assert 0.9 < largest * features**0.5 <= 1 < before[key][1] * features**0.5, key
            assert before[key][1] <= classes**-0.5
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {
        f"{name} {classes} True" for name in ("test_efficientnet", "mobilenetv3_small_050") for classes in (2, 10, 100)
    }


@pytest.mark.long
def test_the_script_prints_what_it_is_quoted_for(tmp_path: Path) -> None:
    script = EXAMPLES / "reply_2265.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "2"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    accuracy: dict[str, list[float]] = {}
    for line in done.stdout.splitlines():
        accuracy.setdefault(line.split()[2], []).append(float(line.split()[-2]))
    assert {name: len(found) for name, found in accuracy.items()} == {"create_model": 3, "nn.Linear": 3, "zeros": 3}
    assert max(accuracy["create_model"]) + 10 < min(*accuracy["nn.Linear"], *accuracy["zeros"])
