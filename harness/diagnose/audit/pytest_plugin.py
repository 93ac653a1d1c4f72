"""A pytest fixture that fails a test where a model has a serious fault before training.

Switch it on with `pytest_plugins = ["harness.diagnose.audit.pytest_plugin"]` in conftest.py, or on the command
line with `-p harness.diagnose.audit.pytest_plugin`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest
from torch import nn

from harness.diagnose.audit.examine import check
from harness.diagnose.audit.report import Report


@pytest.fixture
def assert_healthy() -> Callable[..., Report]:
    """`assert_healthy(model, allow=("initial-loss",), **arguments of check)`: fails with the report's text.

    `allow` names findings that are known and accepted. Returns the report.
    """

    def assure(model: nn.Module, allow: Collection[str] = (), **arguments: Any) -> Report:
        __tracebackhide__ = True
        report = check(model, **arguments)
        if any(finding.id not in allow for finding in report.serious):
            pytest.fail(f"\n{report}", pytrace=False)
        return report

    return assure
