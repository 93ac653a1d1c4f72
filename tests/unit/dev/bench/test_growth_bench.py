"""What is told of sweeps that grow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.dev.bench.growth import main, marginal


def test_what_begins_and_ends_a_command_is_no_cost_of_a_run() -> None:
    assert marginal({"runs": 10, "wall_s": 5.0}, {"runs": 110, "wall_s": 9.0}) == pytest.approx(0.04)


@pytest.mark.slow
@pytest.mark.long
def test_every_run_of_every_sweep_has_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert main(["--runs", "2,4", "--out", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))["sweeps"]
    assert [each["records"] for each in told] == [2, 4]
    assert told[0]["each_run_more_s"] is None
    assert all(each["processor_s"] > 0 and each["peak_mib"] > 100 for each in told)


@pytest.mark.parametrize("runs", ["10", "10,5", "2,3"])
def test_numbers_that_do_not_rise_are_refused(runs: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--runs", runs])
