"""Shapley values on known games, the interval of a ratio, and known contributions from records to sentence."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.analysis.answer import answer
from harness.analysis.attribution import attributions
from harness.analysis.shapley import (
    Crossing,
    SweptFactor,
    antithetic,
    coalitions,
    exact,
    sampled,
    sampling_error,
    visited,
)
from harness.analysis.statistics import t_interval
from harness.analysis.statistics.intervals import ratio_interval
from tests.unit.analysis.synthetic import record, spec, write_study

PLAYERS = ("a", "b", "c")
TRAITS = (
    SweptFactor("head_bias", "the head's bias", "zero", "up to 0.06"),
    SweptFactor("head_scale", "scale of the head's draw", "0.19", "0.04"),
)
TO = {group: spec()[group] for group in ("backbone", "weights", "init", "regularization")} | {
    "creation": spec(creation="swap_head")["creation"], "norm": "keep",
}  # fmt: skip
CELLS = {frozenset[str](): "c" * 12, frozenset({"head_bias"}): "b" * 12, frozenset({"head_scale"}): "d" * 12,
         frozenset({"head_bias", "head_scale"}): "e" * 12}  # fmt: skip


def random_game(players: tuple[str, ...], seed: int = 0) -> dict[frozenset[str], float]:
    random = np.random.default_rng(seed)
    return {coalition: float(random.normal()) for coalition in coalitions(players)}


def test_the_values_are_the_mean_over_all_orders() -> None:
    """The definition by permutations, summed by brute force."""
    game = random_game(PLAYERS)
    orders = list(itertools.permutations(PLAYERS))
    brute = dict.fromkeys(PLAYERS, 0.0)
    for order in orders:
        for at, player in enumerate(order):
            brute[player] += (game[frozenset(order[: at + 1])] - game[frozenset(order[:at])]) / len(orders)
    assert exact(PLAYERS, game) == pytest.approx(brute)
    assert sampled(orders, game) == pytest.approx(brute)


def test_the_glove_game() -> None:
    """One left glove, two right ones, a pair is worth 1: textbook values 2/3, 1/6, 1/6."""
    game = {each: float("a" in each and len(each) > 1) for each in coalitions(PLAYERS)}
    assert exact(PLAYERS, game) == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})


@pytest.mark.parametrize("number", range(1, 6))
def test_the_values_add_up(number: int) -> None:
    players = tuple("abcde"[:number])
    game = random_game(players, number)
    assert sum(exact(players, game).values()) == pytest.approx(game[frozenset(players)] - game[frozenset()])
    orders = antithetic(players, 6)
    assert sum(sampled(orders, game).values()) == pytest.approx(game[frozenset(players)] - game[frozenset()])


def test_who_adds_nothing_gets_nothing() -> None:
    game = {each: 3.0 * ("a" in each) for each in coalitions(PLAYERS)}
    assert exact(PLAYERS, game) == pytest.approx({"a": 3, "b": 0, "c": 0})


def test_sampled_values_converge_and_know_their_error() -> None:
    players = tuple("abcdef")
    game = random_game(players)
    truth = exact(players, game)
    misses = []
    for number in (8, 64, 2048):
        orders = antithetic(players, number)
        assert set(visited(orders)) <= game.keys()
        estimate, error = sampled(orders, game), sampling_error(orders, game)
        misses.append(max(abs(estimate[player] - truth[player]) for player in players))
        assert number == 8 or all(abs(estimate[each] - truth[each]) < 4 * error[each] for each in players)
    assert misses[2] < min(0.1, misses[0] / 4)


def test_orders_come_with_their_reverse_and_are_always_the_same() -> None:
    orders = antithetic("abcdef", 10)
    assert orders == antithetic("fedcba", 10)
    assert all(there == back[::-1] for there, back in zip(orders[::2], orders[1::2], strict=True))


def test_an_additive_game_leaves_antithetic_pairs_no_error() -> None:
    worth = {"a": 1.0, "b": -2.0, "c": 0.5}
    game = {each: sum(worth[player] for player in each) for each in coalitions(PLAYERS)}
    orders = antithetic(PLAYERS, 4)
    assert sampled(orders, game) == pytest.approx(worth)
    assert sampling_error(orders, game) == pytest.approx(dict.fromkeys(PLAYERS, 0.0), abs=1e-12)


def test_fiellers_interval_contains_the_true_ratio() -> None:
    """95 % of intervals from twelve correlated pairs hold the ratio of the true means."""
    random = np.random.default_rng(1)
    held = []
    for _ in range(2000):
        whole = random.normal(20, 4, 12)
        part = 0.7 * whole + random.normal(0, 3, 12)
        _, low, high = ratio_interval(part, whole)
        held.append(low <= 0.7 <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_there_is_a_ratio_exactly_where_the_gaps_interval_excludes_zero() -> None:
    random = np.random.default_rng(2)
    seen = set()
    for _ in range(200):
        whole = random.normal(1.5, 2, 8)
        low, high, _ = t_interval(np.array(8.0), np.array(whole.mean()), np.array(whole.std(ddof=1)))
        clear = bool(low > 0 or high < 0)
        assert math.isnan(ratio_interval(random.normal(size=8), whole)[1]) != clear
        seen.add(clear)
    assert seen == {True, False}


def test_the_whole_is_all_of_itself() -> None:
    whole = np.array([10.0, 12.0, 9.0, 14.0])
    assert ratio_interval(whole, whole) == pytest.approx((1, 1, 1))


def test_a_seed_with_a_missing_run_is_left_out() -> None:
    rows = [(cell, seed, 50.0) for cell in CELLS.values() for seed in (0, 1, 2)]
    table = pd.DataFrame(rows, columns=["cell_id", "seed", "score"])
    table.loc[(table["cell_id"] == "d" * 12) & (table["seed"] == 1), "score"] = np.nan
    [found] = attributions([Crossing(TRAITS, CELLS)], table)
    assert (found.seeds, found.incomplete) == ((0, 2), (1,))


def test_a_seed_counts_once_with_the_mean_over_its_splits() -> None:
    rows = [
        (cell, seed, 50.0 + 10 * place + 2 * split)
        for place, cell in enumerate(CELLS.values())
        for seed in (0, 1, 2)
        for split in (0, 1)
    ]
    table = pd.DataFrame(rows, columns=["cell_id", "seed", "score"])
    table.loc[(table["seed"] == 2) & (table["score"] == 62.0), "score"] = np.nan  # one split of one hybrid
    [found] = attributions([Crossing(TRAITS, CELLS)], table)
    assert (found.seeds, found.incomplete) == ((0, 1), (2,))
    assert found.first.tolist() == [51.0, 51.0]


def synthetic_bridge(seeds: int = 10, gap: float = 25.0, interaction: float = 4.0) -> list[Any]:
    """Scale alone makes the gap, the bias nothing alone, and both together lose the interaction."""
    found = []
    for takes, cell in CELLS.items():
        for seed in range(seeds):
            shared, noise = np.random.default_rng([seed, 7]).normal(0, 1, 2)
            top1 = 55 + shared + (gap + noise) * ("head_scale" in takes) - interaction * (len(takes) == 2)
            second = len(takes) == 2
            content = spec(creation="swap_head" if second else "create_model", seed=seed)
            hybrid = {"to": TO, "takes": sorted(takes)} if len(takes) == 1 else {"to": None, "takes": None}
            content["bridge"] = hybrid
            draw = int(np.random.default_rng([seed, len(found)]).integers(2**31))
            found.append(replace(record(content, float(top1), draw), cell_id=cell))
    return found


def answered(folder: Path, **fields: Any) -> tuple[list[str], pd.DataFrame]:
    crossing = Crossing(TRAITS, CELLS).as_json()
    study = write_study(folder, synthetic_bridge(**fields), arms=["creation", "init", "bridge"], bridges=[crossing],
                        baseline={"creation": "create_model", "bridge": "default"})  # fmt: skip
    told = answer(study).sentences
    return told, pd.read_csv(folder / "bridge.csv")


def test_contributions_put_in_come_out(tmp_path: Path) -> None:
    """Half of an interaction goes to either difference; alone and last they show what it was."""
    told, table = answered(tmp_path)
    rows = table.set_index("trait")
    assert list(rows.index) == ["head_scale", "head_bias"]
    assert rows.at["head_bias", "shapley_mean"] == pytest.approx(-2, abs=1e-3)
    assert rows.at["head_bias", "first_in_mean"] == pytest.approx(0, abs=1e-3)
    assert rows.at["head_bias", "last_in_mean"] == pytest.approx(-4, abs=1e-3)
    assert rows["shapley_mean"].sum() == pytest.approx(rows["gap_mean"].iloc[0], abs=1e-3)
    assert rows["share_mean"].sum() == pytest.approx(100, abs=1e-3)
    assert (
        rows.at["head_scale", "share_low"] < rows.at["head_scale", "share_mean"] < rows.at["head_scale", "share_high"]
    )
    sentence = next(text for text in told if "of the gap of" in text)
    assert "to the scale of the head's draw" in sentence
    assert "10 seeds" in sentence
    report = (tmp_path / "report.md").read_text()
    assert "<summary>Shapley attribution of the gap</summary>" in report
    assert (tmp_path / "figures" / "bridge.svg").stat().st_size > 1000


def test_no_fraction_of_no_gap(tmp_path: Path) -> None:
    told, table = answered(tmp_path, gap=0.0, interaction=0.0)
    assert table[["share_mean", "share_low", "share_high"]].isna().all(axis=None)
    assert any("no fractions of it are given" in text for text in told)


def test_a_crossing_survives_json() -> None:
    crossing = Crossing(TRAITS, CELLS, (("head_bias", "head_scale"), ("head_scale", "head_bias")))
    assert Crossing.from_json(json.loads(json.dumps(crossing.as_json()))) == crossing


def test_what_an_earlier_report_left_does_not_stay_beside_the_new_one(tmp_path: Path) -> None:
    answered(tmp_path)
    figures = tmp_path / "figures"
    assert (tmp_path / "bridge.csv").is_file()
    assert (figures / "bridge.svg").is_file()
    (tmp_path / "notes.csv").write_text("mine\n")

    runs = [each for each in synthetic_bridge() if each.spec["bridge"]["takes"] is None]
    answer(write_study(tmp_path, runs, baseline={"creation": "create_model"}))
    assert not (tmp_path / "bridge.csv").exists()
    assert not (figures / "bridge.svg").exists()
    assert (tmp_path / "notes.csv").is_file()

    content = json.loads((tmp_path / "study.json").read_text())
    (tmp_path / "study.json").write_text(json.dumps({**content, "cells": ["0" * 12]}))
    told = answer(tmp_path)
    assert told.sentences == ["No records yet: no run of this study has ended."]
    left = {path.name for path in tmp_path.iterdir() if path.is_file()} - {"study.json", "notes.csv"}
    assert {name for name in left if not name.endswith((".xz", ".npz"))} == set(told.paths)
    assert not list(figures.iterdir())
