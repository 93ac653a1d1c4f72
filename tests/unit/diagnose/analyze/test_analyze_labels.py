"""An analysis of several labels an image: how frequent they are, which say the same, and what follows."""

from __future__ import annotations

import csv
import json
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.requests import request
from harness.diagnose.analyze.advise import Facts
from harness.diagnose.analyze.analysis import Analysis, analyze
from harness.diagnose.analyze.describe import LabelSummary
from harness.diagnose.analyze.notes import notes
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants

NAMES = ("first", "same", "opposite", "rare", "gone")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`same` repeats `first`, `opposite` denies it, the test part has no `gone`; a patient and an image are in both."""
    root = tmp_path_factory.mktemp("tables") / "scans"
    root.mkdir()
    random = np.random.default_rng(0)
    rows = []
    for number in range(80):
        part = "test" if number >= 60 else "train"
        first = int(number % 2 == 0)
        labels = (first, first, 1 - first, int(number % 20 == 0), int(number in (3, 7)))
        pixels = random.integers(0, 256, (100, 100), np.uint8)
        if number == 61:
            pixels = np.asarray(Image.open(root / "00.png"))
        Image.fromarray(pixels).save(root / f"{number:02d}.png")
        patient = "p0" if number == 79 else f"p{number // 2}"
        rows.append((f"{number:02d}.png", *labels, patient, part))
    with (root / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", *NAMES, "patient", "split"), *rows])
    return root


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    asked = ("data=table", f"data.path={folder}")
    return analyze(request(list(asked)).spec, asked)


def test_each_label_is_counted_in_each_part(found: Analysis) -> None:
    train, test = found.descriptions
    assert train.per_class == (30, 30, 30, 3, 2)
    assert test.per_class == (10, 10, 10, 1, 0)
    assert train.labels is not None
    assert (train.labels.largest, train.labels.without) == (3, 0)
    assert train.labels.mean == pytest.approx(95 / 60)
    assert "30 (50.0 %)" in load_variant("harness.diagnose.analyze.formats", "text")(found)


def test_labels_that_say_the_same_are_named(found: Analysis) -> None:
    told = "\n".join(notes(found))
    assert "first = same" in told
    assert "first = not opposite, same = not opposite" in told
    assert "the test part has no image that has gone" in told
    assert "Warning: 1 of " in told
    assert "1 image has the pixels of one with another label" in told


def test_every_pair_is_compared_with_every_image() -> None:
    having = np.random.default_rng(1).random((50, 6)) < 0.3
    having[:, 4] = having[:, 1]
    having[:, 5] = False
    summary = LabelSummary.of(having)
    pairs = [(one, other) for one in range(6) for other in range(one + 1, 6)]
    assert summary.together == tuple(pair for pair in pairs if (having[:, pair[0]] == having[:, pair[1]]).all())
    assert summary.apart == ()
    assert summary.without == (~having.any(axis=1)).sum()


def test_what_follows_is_a_run_that_is_accepted(found: Analysis) -> None:
    chosen = {choice.key: choice.value for choice in found.choices}
    assert chosen["metrics"] == "average_precision"
    assert "recipe.balance" not in chosen
    spec: Spec = request(shlex.split(found.command)[1:]).spec
    assert not [fault for fault in faults(spec) if "weights" not in fault]


def test_rare_labels_start_at_their_log_odds(found: Analysis) -> None:
    advice = load_variant("harness.diagnose.analyze.advice", "bias")
    train = found.descriptions[0]
    spec = request(["data=made"]).spec
    for counts, expected in (((30, 30, 30, 30, 30), []), ((3, 3, 3, 3, 2), ["prior"])):
        facts = Facts(spec, NAMES, replace(train, per_class=counts), ())
        assert [choice.value for choice in advice(facts)] == expected


@pytest.mark.parametrize("name", variants("harness.diagnose.analyze.formats"))
def test_every_format_tells_it(found: Analysis, name: str) -> None:
    written = load_variant("harness.diagnose.analyze.formats", name)(found)
    if name == "json":
        content = json.loads(written)["parts"]["train"]
        assert content["labels"]["together"] == [[0, 1]]
        assert content["effective_classes"] is None
    assert "labels" in written
    assert "5 classes" not in written
