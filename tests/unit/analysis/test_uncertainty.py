"""Seeds, splits and images apart: where each moves the difference, and that no pair of one seed counts twice."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.analysis.findings import Findings, find
from harness.analysis.study import read_study
from harness.records.archive import read_records
from harness.records.record import Predictions, Record

from .synthetic import record, spec, write_study

IMAGES, CLASSES = 200, 4
SEEDS, SPLITS = range(8), range(3)


def run(creation: str, seed: int, split: int | None, right: np.ndarray[Any, Any], **changes: Any) -> Record:
    """A record whose predictions are right where `right` says."""
    label = np.arange(IMAGES) % CLASSES
    answers = Predictions(label.astype(np.int16), np.where(right, label, (label + 1) % CLASSES).astype(np.int16))
    content = spec(creation=creation, seed=seed, data__split=split)
    measured = {"top1": 100 * float(right.mean()), "balanced_accuracy": 100 * float(right.mean()), "val_top1": 50.0}
    return record(content, measured["top1"], seed, predictions=answers, metrics=measured | {"loss": 1.0}, **changes)


def runs(
    splits: tuple[int | None, ...], of_seed: float = 0.0, of_split: float = 0.0, of_image: float = 0.0
) -> list[Record]:
    """Two arms on the same images; how far the better one leads depends on seed, split and image, each a little."""
    random = np.random.default_rng(3)
    seeds, places = random.normal(0, of_seed, len(SEEDS)), random.normal(0, of_split, len(splits))
    images = random.normal(0, of_image, IMAGES)
    found = []
    for seed, (at, split) in product(SEEDS, enumerate(splits)):
        luck = random.random(IMAGES)
        lead = 0.15 + seeds[seed] + places[at] + images
        found += [run("create_model", seed, split, luck < 0.5), run("swap_head", seed, split, luck < 0.5 + lead)]
    return found


def table(found: Answer) -> pd.Series:
    return pd.read_csv(found.paths["uncertainty.csv"]).iloc[0]


def findings(folder: Path) -> Findings:
    return find(read_study(folder), read_records(folder))


def test_splits_are_no_rows_of_the_map_and_seeds_count_once(tmp_path: Path) -> None:
    found = findings(write_study(tmp_path, runs(tuple(SPLITS), of_split=0.1)))
    assert "data.split" not in found.axes.varying
    assert len(found.runs) == 2 * len(SEEDS) * len(SPLITS)
    assert len(found.cells) == 2
    assert found.pairs.groupby(["seed", "split"]).size().tolist() == [1] * len(SEEDS) * len(SPLITS)
    cell = found.cells[~found.cells["baseline"]].iloc[0]
    by_seed = found.pairs.groupby("seed")["difference"].mean()
    assert (cell["n"], cell["pairs"]) == (24, 8)
    assert cell["diff_sd"] == pytest.approx(by_seed.std())


def test_runs_with_a_split_of_their_own_stay_apart_from_crossed_ones(tmp_path: Path) -> None:
    found = findings(write_study(tmp_path, [*runs((0, 1)), *runs((None,))]))
    assert "data.split" in found.axes.row
    assert sorted(found.cells.loc[~found.cells["baseline"], "n"]) == [8, 16]


@pytest.mark.parametrize("cause", ["seed", "split", "image"])
def test_the_largest_component_is_the_one_put_in(tmp_path: Path, cause: str) -> None:
    found = answer(write_study(tmp_path, runs(tuple(SPLITS), **{f"of_{cause}": 0.12 if cause != "image" else 0.5})))
    row = table(found)
    shares = {  # of the variance of the mean
        "seed": row["sd_seed"] ** 2 / len(SEEDS),
        "split": row["sd_split"] ** 2 / len(SPLITS),
        "image": row["sd_image"] ** 2 / IMAGES,
    }
    assert max(shares, key=lambda name: shares[name]) == cause
    assert row["over"] == "seeds, splits, images"
    assert row["splits"] == len(SPLITS)
    assert row["all_low"] < row["diff_mean"] < row["all_high"]
    assert row["images_low"] < row["diff_mean"] < row["images_high"]
    if cause == "split":
        assert row["splits_high"] - row["splits_low"] > 3 * (row["diff_high"] - row["diff_low"])
        assert row["all_high"] - row["all_low"] > 3 * (row["diff_high"] - row["diff_low"])
    assert "averages over the splits within each seed" in found.paths["report.md"].read_text()


def test_where_no_split_is_set_it_comes_with_the_seed_and_the_table_says_so(tmp_path: Path) -> None:
    row = table(answer(write_study(tmp_path, runs((None,), of_seed=0.05))))
    assert row["over"] == "seeds, images; each seed has its own split"
    assert np.isnan([row["splits"], row["splits_low"], row["sd_split"]]).all()


def test_a_seed_that_lacks_a_split_stays_out_of_the_table_and_is_counted(tmp_path: Path) -> None:
    every = runs(tuple(SPLITS))
    row = table(answer(write_study(tmp_path, every[:-2])))
    assert row["over"] == "seeds, splits, images; 1 of the seeds lack a split and are left out"
    assert row["pairs"] == len(SEEDS)


def test_a_diverged_run_has_no_answers_so_images_are_not_told_apart(tmp_path: Path) -> None:
    every = runs((None,))
    every[1] = record(every[1].spec, 30.0, 0, status="diverged")
    row = table(answer(write_study(tmp_path, every)))
    assert row["over"] == "seeds; each seed has its own split"
    assert row["pairs"] == len(SEEDS)
    assert (row["all_low"], row["all_high"]) == pytest.approx((row["diff_low"], row["diff_high"]), rel=1e-4)


def test_groups_take_the_place_of_images(tmp_path: Path) -> None:
    every = runs((None,), of_image=0.5)
    alone = table(answer(write_study(tmp_path / "images", every)))
    for one in every:
        assert one.predictions is not None
        object.__setattr__(one.predictions, "group", (np.arange(IMAGES) // 10).astype(np.int32))
    grouped = table(answer(write_study(tmp_path / "groups", every)))
    assert (alone["units"], grouped["units"]) == ("200 images", "20 groups")
    assert alone["diff_mean"] == pytest.approx(grouped["diff_mean"])
    # images are independent within their groups here: a group of ten varies by a tenth of the variance
    assert grouped["sd_image"] == pytest.approx(alone["sd_image"] / 10**0.5, rel=0.4)


def test_balanced_accuracy_is_made_of_images_as_well(tmp_path: Path) -> None:
    row = table(answer(write_study(tmp_path, runs((None,)), metric="balanced_accuracy")))
    assert row["over"].startswith("seeds, images")
    assert (row["all_low"] + row["all_high"]) / 2 == pytest.approx(row["diff_mean"], abs=1e-3)
