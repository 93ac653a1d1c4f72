"""Builds side by side: a ratio is the median of pairs, and a command that fails ends the measurement."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.dev.bench.builds import HERE, measured, ratios


def test_a_ratio_is_the_median_over_pairs() -> None:
    sides = {
        "this": [{"wall_s": wall, "cpu_s": 1.0} for wall in (1.0, 2.0, 9.0)],
        "other": [{"wall_s": 4.0, "cpu_s": 2.0}] * 3,
    }
    assert ratios({"study": sides}) == {"study": {"wall_s": 0.5, "cpu_s": 0.5}}


def test_a_command_is_run_from_its_build_and_has_its_seconds(tmp_path: Path) -> None:
    found = measured(HERE, ("plan", "-m", "seed=0", "creation=swap_head", "bridge.to=null"), tmp_path / "out")
    assert found["cpu_s"] > 0
    assert found["wall_s"] > 0


def test_a_command_that_fails_ends_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended with 2"):
        measured(HERE, ("plan", "-m", "no.such=1"), tmp_path)
