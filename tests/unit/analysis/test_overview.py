"""Where methods and places are many, each method has one sentence, and undecided is not taken for no effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.analysis.answer import Answer, answer

from .synthetic import record, spec, write_study

SETS = ("one", "two", "three", "four", "five")
NOISE = (-6.0, 5.0, -4.0, 6.0, -5.0, 4.0, -1.0, 1.0)
EFFECTS = {"full": 0.0, "last_stages": 8.0, "layerwise_decay": -5.0, "parameter_groups": 0.0, "frozen_backbone": None}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Four strategies against the fifth on five sets: one better, one worse, one level, one lost in noise."""
    records = []
    for label in SETS:
        for strategy, effect in EFFECTS.items():
            for seed, noise in enumerate(NOISE):
                top1 = 70 + seed + (noise if effect is None else effect + 0.01 * noise)
                records.append(record(spec(data__label=label, transfer=strategy, seed=seed), top1, seed))
    folder = write_study(tmp_path_factory.mktemp("many"), records, arms=["transfer"], baseline={"transfer": "full"})
    return answer(folder)


def test_each_arm_is_told_once(many: Answer) -> None:
    told = [sentence for sentence in many.sentences if " against full: " in sentence]
    everywhere = "on all 5 combinations of model, data and transfer"
    assert told == [
        f"frozen_backbone against full: undecided {everywhere}.",
        f"last_stages against full: better by 8.0 points {everywhere}.",
        f"layerwise_decay against full: worse by 5.0 points {everywhere}.",
        f"parameter_groups against full: equivalent within ± 1 points {everywhere}.",
    ]


def test_nothing_undecided_is_said_to_have_no_effect(tmp_path: Path) -> None:
    records = [
        record(spec(creation=creation, seed=seed), 70 + seed + noise * (creation == "swap_head"), seed)
        for creation in ("create_model", "swap_head")
        for seed, noise in enumerate(NOISE)
    ]
    text = "\n".join(answer(write_study(tmp_path, records)).sentences)
    assert "no effect" not in text
    assert "more seeds are needed" in text
