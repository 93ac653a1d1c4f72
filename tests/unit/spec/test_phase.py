"""What takes long says so, what does not is quiet."""

from __future__ import annotations

import pytest

from harness.spec import phase
from harness.spec.phase import told_while


def test_a_quick_phase_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(told_while(range(3), 3, "reading images")) == [0, 1, 2]
    assert capsys.readouterr().err == ""


def test_a_long_one_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 1.0, 3.0, 3.0, 10.0, 20.0, 20.0])
    monkeypatch.setattr(phase.time, "monotonic", lambda: next(clock))
    assert list(told_while("abcd", 4000, "reading images")) == list("abcd")
    assert capsys.readouterr().err == "reading images: 1 of 4,000\nreading images: 3 of 4,000\n"
