"""A short torture; `make torture` is the long one."""

from __future__ import annotations

import pytest

pytest.importorskip("psutil")

from tests.torture import sweep


@pytest.mark.slow
@pytest.mark.long
def test_sweeps_that_are_killed_leave_what_others_leave() -> None:
    assert sweep.main(["--kills", "10", "--runs", "4"]) == 0
