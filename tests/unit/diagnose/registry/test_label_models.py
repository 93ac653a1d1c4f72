"""A model of several labels an image: independent probabilities, thresholds of the record, a folder as a table."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from harness.cli.commands.classify import classify as command
from harness.data.load import load
from harness.diagnose.registry.choice import BestRun, choose
from harness.diagnose.registry.folder import classify
from harness.diagnose.registry.package import Package, pack, tags_of
from harness.diagnose.registry.repeat import repeat
from harness.diagnose.registry.restore import DESCRIPTION, WEIGHTS, Restored, restore
from harness.records.record import Record
from harness.records.store import STUDY, read_predictions, write_record, write_text
from harness.spec.errors import RequestError
from harness.spec.identity import configuration_id
from harness.spec.spec import Data, Spec
from tests import multilabel


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return multilabel.table(tmp_path_factory.mktemp("tables") / "digits", split=True)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, images: Path, afresh: Callable[..., Record]) -> Path:
    spec = Spec.model_validate(
        {
            "data": {"name": "table", "path": images, "size": 32},
            "backbone": {"name": "test_resnet"},
            "transfer": {"name": "linear_probe"},
            "recipe": {"lr": 1e-2, "epochs": 3},
        }
    )
    folder = tmp_path_factory.mktemp("runs") / "labels"
    write_record(folder, afresh(spec, probes=False))
    described = {"name": "labels", "cells": [configuration_id(spec)], "metric": "average_precision", "margin": 1.0}
    write_text(folder / STUDY, json.dumps(described))
    return folder


@pytest.fixture(scope="module")
def choice(study: Path) -> BestRun:
    return choose(study, {})


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, study: Path, choice: BestRun, images: Path) -> Package:
    repeated = repeat(choice.record, read_predictions(study, choice.record["run_id"]), {"data.path": str(images)})
    assert repeated.exact
    return pack(choice, repeated, tags_of(choice), tmp_path_factory.mktemp("version"))


@pytest.fixture(scope="module")
def restored(package: Package) -> Restored:
    return restore(package.folder / WEIGHTS, package.folder / DESCRIPTION)


def test_each_output_is_a_label_of_its_own_with_the_records_threshold(
    restored: Restored, choice: BestRun, study: Path, images: Path
) -> None:
    test = load(Data.model_validate({"name": "table", "path": images, "size": 32})).load_test()
    probabilities = restored.probabilities(test.pixels)
    recorded = read_predictions(study, choice.record["run_id"])
    assert recorded is not None
    assert recorded.log_probability is not None
    torch.testing.assert_close(
        probabilities.log(), torch.from_numpy(recorded.log_probability).float(), rtol=0.01, atol=0.01
    )
    assert restored.classes == multilabel.LABELS
    assert restored.thresholds == tuple(choice.record["metrics"]["thresholds"])
    assert (probabilities.sum(dim=1) - 1).abs().max() > 0.1  # no softmax


def test_a_folder_becomes_a_table_of_a_column_a_label(
    package: Package, choice: BestRun, study: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(images / "labels.csv")
    tested = sorted(table["file"][table["split"] == "test"])
    for name in tested:
        shutil.copy(images / name, tmp_path / name)
    assert command([f"model={package.folder}", f"images={tmp_path}"]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out), keep_default_na=False)
    assert list(found) == ["file", *multilabel.LABELS, "answer"]
    assert list(found["file"]) == tested
    recorded = read_predictions(study, choice.record["run_id"])
    assert recorded is not None
    said = ["+".join(np.array(multilabel.LABELS)[row == 1]) for row in recorded.predicted]
    assert list(found["answer"]) == said
    assert any("+" in each for each in said)


def test_the_card_says_that_outputs_are_independent_and_names_each_threshold(package: Package, choice: BestRun) -> None:
    assert "one probability for each of 3 labels" in package.card
    assert "independent labels" in package.card
    for name, threshold in zip(multilabel.LABELS, choice.record["metrics"]["thresholds"], strict=True):
        assert f"| {name} | {threshold:.3f} |" in package.card
    assert {"test_average_precision", "test_loss", "configuration_average_precision_mean"} <= package.metrics.keys()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["images=."], "model: harness classify needs model="),
        (["model=gap", "images=nowhere"], "images: no folder at nowhere"),
        (["model=/a/b/c", "images=."], "model: '/a/b/c' is no folder of a version, and none of NAME"),
    ],
)
def test_what_classify_cannot_do_is_one_line(asked: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as raised:
        command(asked)
    assert str(raised.value).startswith(said)


def test_a_folder_without_images_and_unreadable_ones_are_told(package: Package, tmp_path: Path) -> None:
    asked = [f"model={package.folder}", f"images={tmp_path}"]
    with pytest.raises(RequestError, match="images: no images lie below"):
        command(asked)
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    with pytest.raises(RequestError, match=r"1 of 1 files cannot be read as images: torn\.png"):
        command(asked)


def test_a_folder_of_dicom_is_shown_as_the_images_that_were_learnt_from(
    restored: Restored, images: Path, tmp_path: Path
) -> None:
    """Numbers of 0 to 255 in a window from 0 to 255 are the greys that they are in a PNG."""
    dicom_files = pytest.importorskip("tests.unit.data.dicom_files")
    learnt = replace(restored, data=restored.data.model_copy(update={"name": "dicom", "window": "127.5,255"}))
    for name in ("000", "001"):
        grey = np.asarray(Image.open(images / f"{name}.png")).astype(np.int16)
        dicom_files.write(tmp_path / "scans" / f"{name}.dcm", grey)
        shutil.copy(images / f"{name}.png", tmp_path)
    plain, scans = classify(restored, tmp_path), classify(learnt, tmp_path / "scans")
    assert list(scans["file"]) == ["000.dcm", "001.dcm"]
    np.testing.assert_allclose(scans[list(multilabel.LABELS)], plain[list(multilabel.LABELS)], atol=1e-5)
