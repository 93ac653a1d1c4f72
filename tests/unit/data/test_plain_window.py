"""A window of plain 16-bit grey: one scale from the training part, recorded, and told by the analysis."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from harness.data.load import load
from harness.data.window import GreyLevels, Percentiles, Window
from harness.diagnose.analyze.analysis import analyze
from harness.diagnose.analyze.formats import html, text
from harness.diagnose.analyze.formats import json as as_json
from harness.diagnose.analyze.notes import notes
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.rules import faults
from harness.spec.spec import Data, Spec

SIDE, COUNT = 16, 5
BODY, HOT = (1000, 3001), 60_000
"""What most pixels hold, and the one bright pixel of each image that a range would follow."""


def write(folder: Path, ending: str = ".png", bits: type[np.unsignedinteger] = np.uint16, test_adds: int = 0) -> Path:
    for part, more in (("train", 0), ("val", test_adds)):
        for number, name in enumerate(("cat", "dog")):
            (folder / part / name).mkdir(parents=True)
            for index in range(COUNT):
                values = np.random.RandomState(10 * number + index).randint(*BODY, (SIDE, SIDE)) + more
                values[0, 0] = HOT
                Image.fromarray((values if bits is np.uint16 else values >> 8).astype(bits)).save(
                    folder / part / name / f"{index}{ending}"
                )
    return folder


def data(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "imagefolder", "path": path, "size": SIDE, **fields})


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_a_window_is_black_and_white_at_its_ends_and_even_between(tmp_path: Path, ending: str) -> None:
    folder = write(tmp_path / "deep", ending)
    pixels = load(data(folder, window="2000,2000")).train.pixels
    stored = np.asarray(Image.open(folder / "train" / "cat" / f"0{ending}")).astype(float)
    wanted = np.rint(255 * np.clip((stored - 1000) / 2000, 0, 1))
    assert np.array_equal(pixels[0, 0].numpy(), wanted)
    assert torch.equal(pixels[:, 0], pixels[:, 2])


def test_percentiles_leave_the_outlier_out_that_a_range_follows(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep")
    by_range, clipped = data(folder, window="range"), data(folder, window="1%,99%")
    low, high = Window(*map(float, (clipped.window or "").split(","))).ends
    assert BODY[0] <= low < 1100
    assert 2900 < high < BODY[1]
    assert Window(*map(float, (by_range.window or "").split(","))).ends[1] == HOT
    levels = [len(load(each).train.pixels.unique()) for each in (by_range, clipped)]
    assert levels[0] < 15 < 250 < levels[1]


def test_the_test_part_does_not_move_the_scale(tmp_path: Path) -> None:
    first, second = (data(write(tmp_path / str(adds), test_adds=adds), window="1%,99%") for adds in (0, 5000))
    assert first.window == second.window
    assert load(second).load_test().pixels.float().mean() > 250


def test_the_window_is_recorded_in_numbers_and_identifies_the_run(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep")
    asked = data(folder, window="0%,100%")
    assert asked.window == data(folder, window=asked.window).window == data(folder, window="range").window
    ids = {run_id(Spec(data=data(folder, window=window))) for window in (None, "range", "1%,99%", "2000,2000")}
    assert len(ids) == 4
    assert any("grey is black at" in note for note in load(asked).about["notes"])


@pytest.mark.parametrize(
    ("window", "told"),
    [
        ("2000,0", r"data\.window: a width above 0 is needed, got 0"),
        ("99%,1%", r"data\.window: 99%,1% are no rising percentiles"),
        ("10%,11%", None),
        ("stored", r"data\.window: stored windows are those of DICOM files"),
        ("soft", r"data\.window: 'soft' is none of stored, range"),
    ],
)
def test_what_is_no_window_is_refused_in_one_line(tmp_path: Path, window: str, told: str | None) -> None:
    request = data(write(tmp_path / "deep"), window=window)
    if told is None:
        load(request)
        return
    with pytest.raises(RequestError, match=told):
        load(request)


def test_constant_images_leave_nothing_between_black_and_white(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for name in ("cat", "dog"):
            (tmp_path / "flat" / part / name).mkdir(parents=True)
            for index in range(COUNT):
                Image.fromarray(np.full((8, 8), 700 + index // 9, np.uint16)).save(
                    tmp_path / "flat" / part / name / f"{index}.png"
                )
    with pytest.raises(RequestError, match=r"data\.window: all values between 1% and 99% of the training part are 700"):
        load(data(tmp_path / "flat", window="1%,99%"))


def test_images_of_eight_bits_have_no_window(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"data\.window: no training image is 16-bit grey; leave it out"):
        load(data(write(tmp_path / "plain", bits=np.uint8), window="range"))


def test_a_depth_beside_a_window_has_no_effect(tmp_path: Path) -> None:
    request = Spec(data=data(write(tmp_path / "deep"), window="range", depth=12))
    assert [fault for fault in faults(request) if fault.startswith("data.depth")]


def test_the_analysis_shows_the_values_and_what_the_window_cuts_off(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep")
    found = analyze(Spec(data=data(folder, window="1%,99%")))
    grey = json.loads(as_json(found))["grey"]
    assert grey["percentiles"]["0"] >= BODY[0]
    assert grey["percentiles"]["100"] == HOT
    assert grey["images"] == 2 * COUNT
    assert sum(bar["count"] for bar in grey["histogram"]) == 2 * COUNT * SIDE**2
    assert 0 < grey["at_white"] < 0.02
    [line] = [note for note in notes(found) if note.startswith("Grey of")]
    assert "white at" in line
    assert "grey value, training part" in text(found)
    assert "Grey value of the pixels" in html(found)


def test_without_a_window_the_analysis_shows_the_depth_in_force(tmp_path: Path) -> None:
    grey = json.loads(as_json(analyze(Spec(data=data(write(tmp_path / "deep"))))))["grey"]
    assert (grey["black"], grey["white"]) == (0, 2**16 - 1)


def test_percentiles_count_every_pixel() -> None:
    levels = GreyLevels.of([np.array([0] * 98 + [5]), None, np.array([7])])
    assert (levels.images, levels.percentile(98), levels.percentile(99), levels.percentile(100)) == (2, 0, 5, 7)
    assert levels.window(Percentiles(0, 100)) == Window.between(0, 7)
    assert levels.beyond(Window.between(0, 7)) == (0.98, 0.01)
