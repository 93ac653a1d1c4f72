"""Methods, networks, data and recipes in words that a reader of the first screen knows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.analysis.arms import PLAIN, label, name_of, show
from harness.analysis.axes import EPOCHS, LR, OPTIMIZER
from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example
from harness.analysis.sentences.wording import count
from harness.analysis.settings import DEFAULT

_DATA = {"digits": "handwritten digits", "made": "generated images"}
_TRAINED = {"full": "all weights trained", "linear_probe": "only the head trained"}
_TOLD_APART = ("backbone", "data", "transfer", "weights", OPTIMIZER, LR, EPOCHS)


def measure(found: Findings) -> str:
    """What is compared: `test accuracy`, or the study's own metric."""
    return "test accuracy" if found.study.metric == "top1" else f"test {found.study.measure}"


def data(name: str) -> str:
    """`handwritten digits`; for a folder its name."""
    return _DATA.get(name, name)


def differing(found: Findings, of: Example) -> list[str]:
    """The settings in which the two sides of a comparison differ, without what another of them tells."""
    columns = [
        name for name in found.axes.arm if name != "replicate" and not name.endswith((".fingerprint", ".target"))
    ]
    return [name for name in columns if of.method[name] != of.baseline[name]]


def methods(found: Findings, of: Example) -> tuple[str, str]:
    """The baseline and the method in the code that makes them, or in the settings in which they differ."""
    columns = differing(found, of)
    return _method(found, of.baseline, columns), _method(found, of.method, columns)


def _method(found: Findings, side: pd.Series, columns: list[str]) -> str:
    classes = "" if pd.isna(side["num_classes"]) else f"{side['num_classes']:g}"
    if columns == ["creation"]:
        plain = {
            "create_model": f"`create_model(num_classes={classes})`",
            "reset_classifier": f"`reset_classifier({classes})`",
            "swap_head": f"a new `nn.{_kind(found, side)}`",
        }
        name = str(side["creation"])
        return plain.get(name, f"`{name}`")
    told = [column for column in columns if side[column] != DEFAULT] or columns
    if len(told) == 1:
        return f"`{told[0]}={_value(side[told[0]])}`"
    words = (_value(side[name]) if name in PLAIN else f"{name_of(name)}={_value(side[name])}" for name in told)
    return f"`{' '.join(words)}`"


def _value(value: Any) -> str:
    """As the command line takes it."""
    return "null" if value == DEFAULT else show(value)


def _kind(found: Findings, side: pd.Series) -> str:
    """The class of the layer that a run has for its head."""
    record = next(each for each in found.records if each["run_id"] == side["run_id"])
    heads = (record.get("birth") or {}).get("head") or [{}]
    return str(heads[0].get("kind") or "Linear")


def setup(found: Findings, of: Example, without: tuple[str, ...] = ()) -> str:
    """`mobilenetv2_100 on flowers5, only the head trained, sgd, learning rate 0.01, 5 epochs`, `without` some of it."""
    transfer, images = of.setting("transfer"), of.setting("data")
    place = [str(of.setting("backbone") or ""), f"on {data(str(images))}" if images is not None else ""]
    trained = _TRAINED.get(str(transfer), f"transfer {transfer}") if transfer is not None else ""
    return ", ".join(part for part in (" ".join(filter(None, place)), trained, *_recipe(found, of, without)) if part)


def _recipe(found: Findings, of: Example, without: tuple[str, ...]) -> list[str]:
    told = []
    optimizer, rate, epochs = (None if name in without else of.setting(name) for name in (OPTIMIZER, LR, EPOCHS))
    if optimizer is not None:
        told.append(show(optimizer))
    if rate is not None:
        told.append(f"learning rate {show(rate)}")
    if epochs is not None:
        told.append(count(int(epochs), "epoch"))
    rest = {name: of.method[name] for name in found.axes.shown if name not in _TOLD_APART}
    rest = found.axes.telling({name: value for name, value in rest.items() if value != DEFAULT})
    return [*told, *([label(rest)] if rest else [])]
