"""The collector looks seldom until training begins, and then as before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from harness.training.collector import SELDOM, USUAL, collect_as_usual, collect_seldom


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.set_threshold(*USUAL)
    gc.unfreeze()


def test_what_was_made_before_training_is_looked_at_no_more() -> None:
    collect_seldom()
    assert gc.get_threshold()[0] == SELDOM
    collect_as_usual()
    frozen = gc.get_freeze_count()
    assert frozen > 0
    assert gc.get_threshold() == USUAL
    more = [[] for _ in range(1000)]
    collect_as_usual()  # a second run: what the first one left must not stay for ever
    assert gc.get_freeze_count() <= frozen
    assert len(more) == 1000
