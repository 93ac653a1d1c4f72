"""What all integrations share: look once, keep the report, stop or warn."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Collection
from typing import Any, Literal, get_args

from torch import nn

from harness.diagnose.audit import Report, SeriousFindingsError, check
from harness.integrations._schedule import PlannedRates
from harness.spec.errors import RequestError
from harness.spec.variants import suggest, variants

OnSerious = Literal["stop", "warn"]
FINDINGS = "harness.diagnose.audit.findings"


class SeriousFindingsWarning(UserWarning):
    """Warned of under `on_serious="warn"`; its text is the report's."""


class BeforeTraining:
    """A check that is still to be made, with what its user said about it. `report` is None until then."""

    report: Report | None = None

    def __init__(self, on_serious: OnSerious = "stop", allow: Collection[str] = (), **options: Any) -> None:
        """
        Raises:
            RequestError: an unknown reaction, finding, or argument of `harness.check`.
        """
        super().__init__()
        findings = [name.replace("_", "-") for name in variants(FINDINGS)]
        accepted = [name for name in inspect.signature(check).parameters if name != "model"]
        faults = [f"allow: there is no '{name}'; {suggest(name, findings)}" for name in allow if name not in findings]
        faults += [
            f"{name}: harness.check has no such argument; {suggest(name, accepted)}"
            for name in options
            if name not in accepted
        ]
        if on_serious not in get_args(OnSerious):
            faults.append(f"on_serious: must be 'stop' or 'warn', got {on_serious!r}")
        if faults:
            raise RequestError(faults)
        self._on_serious, self._allow, self._options = on_serious, frozenset(allow), options

    def examine(self, model: nn.Module, images: Any, rates: PlannedRates, **measured: Any) -> Report:
        """Look at the model as it is about to be trained.

        Args:
            model: the network.
            images: a loader, or an iterator over the first batch, as `harness.check` takes them.
            rates: the optimizer with its schedule.
            measured: further arguments of `harness.check`.

        Raises:
            SeriousFindingsError: something serious was found that is not allowed, or the model could not be run.
        """
        with rates.at_peak() as (optimizer, recipe):
            given = {"images": images, "optimizer": optimizer, "recipe": recipe, **measured, **self._options}
            self.report = check(model, **given)
        if any(finding.id not in self._allow for finding in self.report.serious):
            if self._on_serious == "stop":
                raise SeriousFindingsError(f"\n{self.report}")
            warnings.warn(f"\n{self.report}", SeriousFindingsWarning, stacklevel=3)
        return self.report


def missing(name: str) -> ImportError:
    """The error of an integration whose library is not installed."""
    return ImportError(
        f"harness.integrations.{name} needs {name}, which is not installed: "
        f"pip install 'model-creation-harness[{name}]'",
        name=name,
    )
