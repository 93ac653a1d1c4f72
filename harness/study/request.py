"""A request: one composed configuration, parsed into spec, machine and what becomes of the records."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from harness.analysis.choices import (
    MIN_PAIRS,
    OF_CLASSES,
    OF_LABELS,
    USUAL_OF_LABELS,
    Correction,
    Metric,
)
from harness.analysis.expectation import Expectation
from harness.execution.mlflow.settings import Settings
from harness.execution.search.settings import Search
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.paths import NAME
from harness.spec.spec import Part, Spec
from harness.spec.variants import ALIASES, current

SINGLE = "single"
"""Where single runs lie that belong to no study, each in a folder of its own; a sweep has a name: see `names`."""

MOST_SEEDS = 32


class Comparison(Part):
    """What a study compares: methods that differ in these groups, against the baseline, by this margin in points.

    `until_decided`: with more and more seeds, `most_seeds` at most, until every comparison has a verdict.
    """

    title: str | None = None
    claim: str = ""
    arms: tuple[str, ...] = ("creation", "init", "replicate")
    baseline: dict[str, str | int | float | None] | None = None
    margin: float = Field(default=1.0, gt=0)
    correction: Correction = "holm"
    metric: Metric = "top1"
    historical: tuple[float, float] | None = None
    expects: tuple[Expectation, ...] = ()
    bridge: bool = Field(default=False, description="hybrids from the first creation of a row to each other one")
    orders: int | None = Field(default=None, ge=2, multiple_of=2, description="sampled; null: all coalitions if few")
    until_decided: bool = False
    most_seeds: int = Field(default=MOST_SEEDS, ge=MIN_PAIRS)

    @model_validator(mode="after")
    def _most_seeds_has_an_effect(self) -> Comparison:
        if not self.until_decided and self.most_seeds != MOST_SEEDS:
            raise ValueError("most_seeds: has no effect on seeds that are fixed; use comparison.until_decided=true")
        return self

    @model_validator(mode="after")
    def _historical_is_of_top1(self) -> Comparison:
        if self.historical is not None and self.metric != "top1":
            raise ValueError(f"historical: a pair of top-1, which has no place beside metric={self.metric}; use top1")
        return self


class Request(Part):
    """Everything that one composed configuration asks for."""

    spec: Spec
    machine: Machine = Machine()
    tracking: Settings = Settings()
    comparison: Comparison = Comparison()
    search: Search = Search()
    study: str | None = Field(default=None, pattern=NAME)
    out: Path = Path("runs")
    force: bool = False
    strict: bool = False

    @model_validator(mode="after")
    def _metric_is_measured(self) -> Request:
        """Where images have several labels, mean average precision takes the place of top-1, the default."""
        if self.comparison.metric == "shift_top1" and self.spec.shift.name == "none":
            raise ValueError("comparison.metric: shift_top1 is measured on shifted images; use shift=corruptions")
        metric = self.comparison.metric
        if self.spec.data.targets is None:
            if metric in OF_LABELS:
                raise ValueError(f"metrics: {metric} is of several labels an image, and these have one class")
        elif metric == "top1" and self.comparison.historical is None:
            told = self.comparison.model_copy(update={"metric": USUAL_OF_LABELS})
            object.__setattr__(self, "comparison", told)
        elif metric in OF_CLASSES:
            use = "average_precision, auroc, f1_macro or f1_micro (also _half)"
            raise ValueError(f"metrics: {metric} is of one class an image, and these have several labels; use {use}")
        return self

    @property
    def folder(self) -> Path:
        """Where the study's records go."""
        return self.out / self.study_name

    @property
    def study_name(self) -> str:
        """The study's name, or that of the folder of single runs."""
        return self.study or SINGLE


def parse(config: dict[str, Any]) -> Request:
    """Parse a composed configuration.

    Raises:
        RequestError: every field that is out of its range or of the wrong type, one line each.
    """
    fields: dict[str, Any] = {"spec": {}, "machine": {}}
    for given, value in sorted(config.items(), key=lambda item: item[0] in ALIASES):  # earlier names last
        key = current(given)
        if key != given and config.get(key, usual := Machine.model_fields[key].default) != usual:
            continue  # named by both: today's name has the last word
        if key in Spec.model_fields:
            fields["spec"][key] = value
        elif key in Machine.model_fields:
            fields["machine"][key] = value
        elif key != "resolution":  # chosen by a profile, and read by the data set's configuration alone
            fields[key] = value
    try:
        return Request.model_validate(fields)
    except ValidationError as error:
        raise RequestError(_line(fault) for fault in error.errors()) from None


def parsed(configs: Iterable[dict[str, Any]]) -> list[Request]:
    """Every configuration parsed.

    Raises:
        RequestError: the faults of all of them.
    """
    found: list[Request] = []
    faults: list[str] = []
    for config in configs:
        try:
            found.append(parse(config))
        except RequestError as error:
            faults += error.faults
    if faults:
        raise RequestError(faults)
    return found


def _line(fault: Any) -> str:
    path = [str(part) for part in fault["loc"] if part not in ("spec", "machine") and "[" not in str(part)]
    message = str(fault["msg"]).removeprefix("Value error, ")
    field = ".".join(path)
    if not field:
        return message
    if field.endswith(".name"):
        field = field.removesuffix(".name")
    if fault["type"] == "value_error":
        return message if message.startswith(f"{field}.") else f"{field}: {message}"
    given = f", got {fault['input']!r}" if not isinstance(fault["input"], dict) else ""
    return f"{field}: {_plainly(field, fault['type'], message)}{given}"


_PATTERNS = {
    "device": "must be auto, cpu, mps, cuda or cuda:NUMBER",
    "study": "must be a name of letters, digits and . _ -, as out= takes the folder",
}
"""What a value has to look like, in words, for the fields that have a pattern."""

_WORDS = (
    ("Input should be ", "must be "),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
    ("greater than", "above"),
    ("less than", "below"),
    (", unable to parse string as a number", ""),
    (", unable to parse string as an integer", ""),
    ("a valid tuple", "a list such as [a,b]"),
    ("a valid dictionary", "a mapping such as {a:1,b:2}"),
    ("a valid boolean, unable to interpret input", "true or false"),
    ("a valid ", "a "),
    ("a integer", "an integer"),
)
"""Pydantic's messages as a person would say them."""


def _plainly(field: str, kind: str, message: str) -> str:
    if kind == "string_pattern_mismatch" and field in _PATTERNS:
        return _PATTERNS[field]
    for theirs, ours in _WORDS:
        message = message.replace(theirs, ours)
    return f"{message[0].lower()}{message[1:]}"
