"""A script that knows nothing of the check, run under it."""

from __future__ import annotations

import runpy
import sys
import warnings
from pathlib import Path

import pytest

from harness.integrations._before_training import SeriousFindingsWarning
from harness.integrations.script import WatchedScript, main
from tests.unit.integrations.shop import FAULT

SCRIPT = """
import sys
import torch
from torch import nn
from tests.unit.integrations.shop import data, network

model, (images, labels) = network(healthy="healthy" in sys.argv), data()
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
loss = nn.CrossEntropyLoss()(model(images), labels)
loss.backward()
optimizer.step()
print("stepped", float(model(images).sum()))
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The script's file; what running it changes in this process is put back."""
    monkeypatch.setattr(sys, "argv", ["train.py", "healthy"])
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    file = tmp_path / "train.py"
    file.write_text(SCRIPT, encoding="utf-8")
    return str(file)


def test_a_healthy_script_ends_as_without_the_check(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([script, "healthy"]) == 0
    under = capsys.readouterr().out
    runpy.run_path(script, run_name="__main__")
    assert under == capsys.readouterr().out != ""


def test_a_faulty_one_is_stopped_before_its_first_step(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--steps", "100", script]) == 1
    told = capsys.readouterr()
    assert FAULT in told.err
    assert "stepped" not in told.out


def test_or_trained_all_the_same(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(SeriousFindingsWarning, match=FAULT):
        assert main(["--warn", script]) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error", SeriousFindingsWarning)
        assert main(["--allow", FAULT, script]) == 0
    assert capsys.readouterr().out.count("stepped") == 2


def test_the_network_is_looked_at_with_its_labels_and_its_optimizer(script: str) -> None:
    with WatchedScript(steps=100) as look:
        runpy.run_path(script, run_name="__main__")
    assert look.report is not None
    assert {"label-range", "not-in-optimizer", "head-out-of-reach"} <= set(look.report.checked)


@pytest.mark.parametrize(
    ("words", "told"), [(["--allow", "initial-los", "{}"], "there is no 'initial-los'"), (["no.py"], "no file no.py")]
)
def test_what_is_asked_wrongly_is_one_line(
    words: list[str], told: str, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([word.format(script) for word in words])
    assert told in capsys.readouterr().err
