"""A job of Slurm's is at work as long as the queue holds it."""

from __future__ import annotations

import pytest

pytest.importorskip("submitit", reason="submitit is not installed: the extra `clusters`")

from harness.cli.slurm import Queue


def test_a_job_has_ended_when_the_queue_no_longer_holds_it() -> None:
    """Job 2 was killed, and job 12 of somebody else's is not mistaken for it."""
    queue = Queue(delay_s=1)
    for job in ("1", "2"):
        queue.register_job(job)
    queue._info_dict = queue.read_info(b"1\n12\n")
    assert not queue.is_done("1", mode="cache")
    assert queue.is_done("2", mode="cache")
