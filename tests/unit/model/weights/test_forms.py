"""Each row of the table of weights files: what plain timm makes of the file, and that every creation method does so.

The rows are read from docs/weights.md, so that what the page says is what is tested.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import timm
import torch

from harness.model.build import Built, build
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from tests.unit.model.weights.forms import CLASSES, FORMS, OWN, State, architecture, network

PAGE = (Path(__file__).parents[4] / "docs" / "weights.md").read_text(encoding="utf-8")
METHODS = (
    "create_model",
    "swap_head",
    "reset_classifier",
    "external_linear",
    "forward_features",
    "forward_intermediates",
    "features_only",
    "checkpoint_path",
    "pretrained_cfg_overlay",
    "load_state_dict",
)


def _rows() -> dict[str, list[str]]:
    """The cells of each row by its first, of the table under the page's first heading."""
    table = PAGE.split("## Files")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return {cells[0]: [cell.strip() for cell in cells[2:]] for cells in lines[2:]}


ROWS = _rows()


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def state(form: str) -> State:
    return network(architecture(form), 1)


@pytest.fixture
def file(form: str, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return FORMS[form](state, network(architecture(form), 2), tmp_path)


def backbone(state: State) -> State:
    return {
        key: value
        for key, value in state.items()
        if value.is_floating_point() and not key.startswith(("fc.", "head.fc."))
    }


def plain_answer(state: State, **how: Any) -> str:
    """`loads`, `nothing` or `refuses`: what timm alone does with the file."""
    try:
        model = timm.create_model(**how)
    except Exception:
        return "refuses"
    loaded = model.state_dict()
    equal = [torch.allclose(loaded[key], value, atol=1e-2) for key, value in backbone(state).items() if value.ndim > 1]
    assert all(equal) or not any(equal)
    return "loads" if all(equal) else "nothing"


def made(form: str, file: Path, creation: str) -> Built:
    fields = {"weights": {"name": "file", "path": file}, "creation": {"name": creation}}
    return build(Spec.model_validate({"backbone": {"name": architecture(form)}, **fields}), CLASSES)


def test_every_form_has_a_row_and_every_row_a_form() -> None:
    assert set(ROWS) == set(FORMS)


def test_the_page_names_the_locked_version() -> None:
    lock = (Path(__file__).parents[4] / "requirements.lock").read_text(encoding="utf-8")
    [version] = [line.partition("==")[2] for line in lock.splitlines() if line.startswith("timm==")]
    assert f"timm {version}" in PAGE


def test_what_plain_timm_does(form: str, file: Path, state: State, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    overlay = {"file": str(file), "num_classes": OWN}
    name = architecture(form)
    assert ROWS[form][:2] == [
        plain_answer(state, model_name=name, pretrained=True, num_classes=CLASSES, pretrained_cfg_overlay=overlay),
        plain_answer(state, model_name=name, num_classes=OWN, checkpoint_path=str(file)),
    ]


def test_every_creation_method_starts_from_the_same_tensors_or_none_does(form: str, file: Path, state: State) -> None:
    ours = ROWS[form][2]
    assert ours != "refuses" or ROWS[form][0] != "loads"
    if ours == "refuses":
        with pytest.raises(RequestError, match=r"^weights") as error:
            made(form, file, "create_model")
        assert "\n" not in str(error.value)
        return
    expected = backbone(state)
    for creation in METHODS:
        built = made(form, file, creation)
        verification = built.verification
        assert verification is not None
        assert verification.not_loaded == (), creation
        assert bool(built.pretrained.changes) == (ours == "loads, told")
        held = {(value.shape, float(value.double().sum())) for value in built.model.state_dict().values()}
        for key, value in expected.items():
            if creation != "features_only" or not key.startswith("head."):  # what lies behind the last stage
                value = value.half().float() if form == "float16" else value
                assert (value.shape, float(value.double().sum())) in held, (creation, key)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("student and teacher", r"holds test_resnet 2 times, behind student\. and teacher\."),
        ("model_state_dict", r"its tensors lie under 'model_state_dict'"),
        ("pickled model", r"to unpickle them could run code"),
        ("another architecture", r"is it another architecture's"),
    ],
)
def test_a_refusal_says_what_would_be_right(form: str, words: str, tmp_path: Path) -> None:
    file = FORMS[form](network("test_resnet", 1), network("test_resnet", 2), tmp_path)
    with pytest.raises(RequestError, match=words):
        made(form, file, "create_model")
