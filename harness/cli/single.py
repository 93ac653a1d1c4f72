"""One run: checked, then trained and shown."""

from __future__ import annotations

from typing import Any

from harness.spec.errors import ImpossibleCell, RequestError
from harness.study.check import Checker
from harness.study.request import parse


def run_one(config: dict[str, Any]) -> int:
    """Check and train one configuration; what is done already is shown, not trained again.

    Returns the exit code: 0, or 1 if the run failed.

    Raises:
        RequestError: the request was wrong, or cannot be had with this architecture.
    """
    request, checker = parse(config), Checker()
    try:
        faults = checker.check(request)
        if request.comparison.until_decided:
            faults.append(
                "comparison.until_decided: one run decides nothing; use -m with two arms and 'seed=range(0,8)'"
            )
    except ImpossibleCell as reason:
        faults = [str(reason)]
    checker.keep()
    if faults:
        raise RequestError(faults)

    from harness.cli.show import train_and_show  # torch and timm take seconds to import

    return train_and_show(request)
