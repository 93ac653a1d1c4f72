"""A run's id is a promise: these literals may only change by a line of `harness.spec.identity`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings

from harness.spec.identity import canonical, configuration_id, identify, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from tests.strategies import SEEDS, SPECS

NONE: dict[str, Any] = {"weights": {"name": "none"}}
CHANGED: dict[str, Any] = {
    "backbone": {"name": "test_resnet"},
    "weights": {"name": "none"},
    "creation": {"name": "swap_head"},
    "init": {"name": "zeros"},
    "data": {"name": "made", "samples": 200},
    "transforms": {"name": "crop_flip"},
    "regularization": {"drop_rate": 0.1},
    "recipe": {"optimizer": "sgd", "lr": 0.01, "momentum": 0.5, "epochs": 2},
    "seed": 3,
    "replicate": 1,
}
EXPLICIT: dict[str, Any] = {"weights": {"name": "file", "label": "mine", "fingerprint": "0123456789abcdef"}}
HYBRID: dict[str, Any] = {
    **NONE,
    "bridge": {"to": {**NONE, "creation": {"name": "swap_head"}}, "takes": ["head_scale", "head_bias"]},
}
PINNED = {
    "defaults, no weights": (NONE, "55994ec4a8d6"),
    "many fields": (CHANGED, "e8fd88c24b7e"),
    "explicit fingerprint": (EXPLICIT, "916b559dfce5"),
    "hybrid": (HYBRID, "d6546ed2f367"),
}


@pytest.mark.parametrize("name", PINNED)
def test_ids_are_pinned(name: str) -> None:
    fields, expected = PINNED[name]
    assert run_id(Spec.model_validate(fields)) == expected


def test_defaults_are_left_out() -> None:
    assert canonical(Spec.model_validate(NONE)) == {"weights": {"name": "none"}, "data": {"label": "digits"}}
    spelled_out = {**NONE, "recipe": {"lr": 1e-3, "epochs": 5}, "init": {"name": "keep"}, "seed": 0, "replicate": 0}
    assert run_id(Spec.model_validate(spelled_out)) == run_id(Spec.model_validate(NONE))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"replicate": 1},
        {"init": {"name": "zeros"}},
        {"creation": {"name": "swap_head"}},
        {"backbone": {"kwargs": {"act_layer": "relu"}}},
        {"recipe": {"lr": 2e-3}},
        {"regularization": {"drop_rate": 0.0}},
        {"data": {"size": 48}},
        {"transfer": {"name": "linear_probe"}},
    ],
    ids=str,
)
def test_what_can_change_the_numbers_changes_the_id(change: dict[str, Any]) -> None:
    assert run_id(Spec.model_validate({**NONE, **change})) != run_id(Spec.model_validate(NONE))


def test_verification_and_the_machine_are_no_part_of_the_id() -> None:
    recorded = {"weights": {"name": "none", "verify": "record"}}
    assert run_id(Spec.model_validate(recorded)) == run_id(Spec.model_validate(NONE))
    assert not set(Machine.model_fields) & set(Spec.model_fields)


def _file(folder: Path, value: float, name: str = "mine.pt") -> Path:
    folder.mkdir(exist_ok=True)
    torch.save({"fc.weight": torch.full((2, 2), value)}, folder / name)
    return folder / name


def test_a_hybrid_is_named_by_its_ends_and_its_traits_whatever_their_order() -> None:
    def id_of(**bridge: Any) -> str:
        return run_id(Spec.model_validate({**HYBRID, "bridge": {**HYBRID["bridge"], **bridge}}))

    assert id_of(takes=["head_bias", "head_scale"]) == run_id(Spec.model_validate(HYBRID))
    others = {id_of(takes=["head_scale"]), id_of(to={**NONE, "creation": {"name": "reset_classifier"}})}
    assert len({*others, run_id(Spec.model_validate(HYBRID)), run_id(Spec.model_validate(NONE))}) == 4


def test_content_counts_and_the_path_does_not(tmp_path: Path) -> None:
    def id_of(path: Path) -> str:
        return run_id(Spec.model_validate({"weights": {"name": "file", "path": path}}))

    original, other = _file(tmp_path / "a", 1.0), _file(tmp_path / "b", 2.0)
    (tmp_path / "c").mkdir()
    copied = Path(shutil.copy(original, tmp_path / "c"))
    assert id_of(original) == id_of(copied)
    assert id_of(original) != id_of(other)


def test_a_folder_of_images_enters_by_its_content(tmp_path: Path) -> None:
    def id_of(parent: str, content: bytes) -> str:
        file = tmp_path / parent / "pets" / "train" / "cat" / "1.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        return run_id(Spec.model_validate({"data": {"name": "imagefolder", "path": file.parents[2]}}))

    assert id_of("a", b"one") == id_of("b", b"one") != id_of("c", b"two")


def test_a_function_enters_by_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, body in (("identity_a", "1"), ("identity_b", "2")):
        (tmp_path / f"{name}.py").write_text(f"def build(num_classes):\n    return {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    prints = [
        Spec.model_validate({"creation": {"name": "custom", "target": f"{name}.build"}}).creation.fingerprint
        for name in ("identity_a", "identity_b")
    ]
    assert None not in prints
    assert prints[0] != prints[1]


def test_the_cell_has_no_seed() -> None:
    first, second = (Spec.model_validate({**CHANGED, "seed": seed}) for seed in (0, 1))
    assert configuration_id(first) == configuration_id(second)
    assert run_id(first) != run_id(second)
    assert configuration_id(first) != configuration_id(first.model_copy(update={"replicate": 0}))


def test_a_cell_holds_seeds_by_splits_where_the_split_is_set() -> None:
    alone = Spec.model_validate(CHANGED)
    crossed = [
        Spec.model_validate({**CHANGED, "seed": seed, "data": {**CHANGED["data"], "split": split}})
        for seed in (0, 1)
        for split in (0, 1)
    ]
    assert len({run_id(spec) for spec in crossed}) == 4
    assert len({configuration_id(spec) for spec in crossed}) == 1
    assert configuration_id(alone) == "5bb8a3f4ba06"
    assert configuration_id(alone) != configuration_id(crossed[0])


def _with(spec: Spec, seed: int, split: int | None) -> Spec:
    return spec.model_copy(update={"seed": seed, "data": spec.data.model_copy(update={"split": split})})


@settings(max_examples=200, deadline=None)
@given(spec=SPECS, seed=SEEDS, split=SEEDS)
def test_a_study_and_its_records_name_cells_alike_whatever_the_spec(spec: Spec, seed: int, split: int) -> None:
    assert identify(spec) == (run_id(spec), configuration_id(spec))
    other = _with(spec, seed, None if spec.data.split is None else split)
    assert configuration_id(other) == configuration_id(spec)
    assert (run_id(other) == run_id(spec)) == (other == spec)
    assert configuration_id(_with(spec, seed, split if spec.data.split is None else None)) != configuration_id(spec)
    assert identify(Spec.model_validate_json(spec.model_dump_json())) == identify(spec)


@pytest.mark.parametrize(
    "fields", [{}, NONE, CHANGED, EXPLICIT, HYBRID], ids=["bundled", "none", "changed", "explicit", "hybrid"]
)
def test_a_spec_survives_json(fields: dict[str, Any]) -> None:
    spec = Spec.model_validate(fields)
    again = Spec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert run_id(again) == run_id(spec)


def test_bundled_weights_enter_by_their_content() -> None:
    prints = {
        Spec.model_validate({"backbone": {"name": name}}).weights.fingerprint for name in ("test_vit", "test_resnet")
    }
    assert len(prints) == 2
    assert None not in prints
