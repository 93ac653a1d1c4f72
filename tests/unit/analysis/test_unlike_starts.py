"""Methods with heads of different origin: the first sentence, an alternative explanation, and no conclusion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer

from .synthetic import record, spec, write_study

pytestmark = pytest.mark.usefixtures("undrawn")

CAUSE = "a trained head, loaded from the weights by one method and initialised anew by another"
Origin = Callable[[str], str | None]


def study(folder: Path, origin: Origin, gap: float = 30, init: str = "keep") -> Answer:
    records = []
    for creation in ("create_model", "swap_head"):
        for seed in range(9):
            made = record(
                spec(creation=creation, init=init, seed=seed),
                60 + seed % 3 + (gap if creation == "create_model" else 0),
                seed,
            )
            told = origin(creation)
            for head in made.birth["head"] if told else ():
                head |= {"origin": told} | ({"keys": ["fc.weight", "fc.bias"]} if told == "loaded" else {})
            records.append(made)
    return answer(write_study(folder, records))


def rivals(answered: Answer) -> pd.DataFrame:
    return pd.read_csv(answered.paths["rivals.csv"]).set_index("cause")


def one_loaded(creation: str) -> str:
    return "loaded" if creation == "create_model" else "fresh"


def test_it_is_the_first_sentence_and_nothing_follows_for_the_methods(tmp_path: Path) -> None:
    answered = study(tmp_path, one_loaded)
    first, *rest = answered.sentences
    assert first.startswith(
        "The methods do not start alike: create_model starts with the trained head of the pretrained"
    )
    assert "(fc.weight, fc.bias of x), swap_head with a newly initialised one" in first
    text = "\n".join(rest)
    assert "create_model beats swap_head" in text  # the numbers are what they are
    assert "No conclusion follows for the choice between create_model and swap_head" in text
    assert "needs no change" not in text
    assert "no other cause can be separated from that" in text
    row = rivals(answered).loc[CAUSE]
    assert row["outcome"] == "not ruled out"
    assert "equal in 0 of 9 pairs" in row["evidence"]
    assert "loaded from fc.weight, fc.bias of x by create_model, initialised anew by swap_head" in row["evidence"]


def test_where_the_fresh_head_wins_no_line_is_recommended(tmp_path: Path) -> None:
    text = "\n".join(study(tmp_path, one_loaded, gap=-30).sentences)
    assert "Recommendation" not in text


def test_where_no_gap_is_left_neither_is_said_to_have_no_effect(tmp_path: Path) -> None:
    text = "\n".join(study(tmp_path, one_loaded, gap=0).sentences)
    assert "no effect" not in text


def test_heads_that_all_come_from_the_weights_are_told_and_ruled_out(tmp_path: Path) -> None:
    answered = study(tmp_path, lambda creation: "loaded")
    assert answered.sentences[0].startswith("All methods start with the trained head of the pretrained weights")
    assert rivals(answered).at[CAUSE, "outcome"] == "ruled out"
    assert "create_model needs no change" in "\n".join(answered.sentences)


@pytest.mark.parametrize("origin", [lambda creation: "fresh", lambda creation: None], ids=["fresh", "old records"])
def test_fresh_heads_and_old_records_are_answered_as_ever(tmp_path: Path, origin: Any) -> None:
    answered = study(tmp_path, origin)
    assert "start" not in answered.sentences[0]
    assert "create_model needs no change" in "\n".join(answered.sentences)
    table = rivals(answered)
    if origin("swap_head"):
        assert table.at[CAUSE, "outcome"] == "ruled out"
    else:
        assert CAUSE not in table.index


def test_changed_keys_are_told(tmp_path: Path) -> None:
    records = [
        record(spec(creation=creation, seed=seed), 60 + seed, seed)
        for creation in ("create_model", "swap_head")
        for seed in range(8)
    ]
    for made in records:
        made.birth["weights"]["changes"] = ["'model.' taken off its keys"]
    told = answer(write_study(tmp_path, records)).sentences[0]
    assert (
        told
        == "The keys of x were changed before they were loaded, for all methods alike: 'model.' taken off its keys."
    )
