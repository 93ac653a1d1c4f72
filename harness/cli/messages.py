"""Hydra's errors in one line: what, where, what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from pydantic import BaseModel

from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import ALIASES, suggest, variants
from harness.study.request import Request

ASSETS_VARIABLE = "HARNESS_ASSETS"
ASSETS = (
    "the folder that holds images/cifar10, images/flowers5, images/chestxray and weights/*.safetensors; the main "
    "study needs none (+experiment=gap)"
)


ELSEWHERE = {
    "model": ("backbone", "backbone.name"),
    "arch": ("backbone.name",),
    "architecture": ("backbone.name",),
    "dataset": ("data",),
    "pretrained": ("weights",),
    "head_init": ("init",),
    "learning_rate": ("recipe.lr",),
    "num_classes": ("data.classes",),
    "image_size": ("resolution", "data.size"),
    "img_size": ("resolution", "data.size"),
    "dropout": ("regularization.drop_rate",),
    "augmentation": ("transforms",),
    "finetune": ("transfer",),
}
"""Keys by the names that other projects give them."""


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{prefix}{name}.")
        elif name not in ("label", "fingerprint", "reading", "targets"):
            yield f"{prefix}{name}"


def known_keys() -> list[str]:
    """Every key of the command line."""
    top = [key for key in _keys(Request) if not key.startswith(("spec.", "machine."))]
    return sorted({*_keys(Spec), *_keys(Machine), *top})


EXTENDED = {
    "creation": "harness.model.creation",
    "init": "harness.model.init",
    "data": "harness.data.datasets",
}
"""Where the functions of the groups lie that users add variants to."""


def explain(error: Exception) -> str:
    """One line for an error that Hydra or OmegaConf raised while composing."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, option = error.missing_cfg_file.rpartition("/")
        hint = suggest(option, error.options or ())
        if group == "backbone":
            hint += f"; any other architecture is named by backbone.name={option}"
        if group == "hydra/launcher":
            hint += "; others are plugins: pip install 'model-creation-harness[clusters]' for submitit, [ray] for Ray"
        if group in EXTENDED and option in variants(EXTENDED[group]):
            return f"{group}: '{option}' has its function, and no file conf/{group}/{option}.yaml names it"
        return f"{group}: there is no '{option}'; {hint}"
    text = str(error)
    if several := re.search(r"Ambiguous value for argument '([^']+)'", text):
        return f"{several.group(1)}: several values make a sweep; add -m: harness -m {several.group(1)}"
    cause = str(error.__cause__ or "")
    if isinstance(error, OverrideParseException):
        quoted = "a value that holds = ( or , needs quotes: 'key=\"value\"'"
        return f"{error.override}: cannot be read as key=value; {quoted}"
    if told := _unresolved(text):
        return told
    unknown = re.search(r"Key '([^']+)' is not in struct\s+full_key: (\S+)", text + "\n" + cause)
    if unknown:
        return f"{unknown.group(2)}: no such key; {_near(unknown.group(2))}"
    missing = re.search(r"(?:Could not override|Key not found:?|config group) '([^']+)'", text)
    if isinstance(error, HydraException) and missing:
        return f"{missing.group(1)}: no such key; {_near(missing.group(1))}"
    return _first(text)


def _unresolved(text: str) -> str | None:
    """What an interpolation refers to and there is none of; the key that holds it is not always known."""
    where = re.search(r"full_key: (\S+)", text)
    key = where.group(1) if where else ""
    if unset := re.search(r"Environment variable '([^']+)' not found", text):
        name = unset.group(1)
        place = f"{key}: is read from the environment variable {name}" if key else f"the environment variable {name}"
        value = ASSETS if name == ASSETS_VARIABLE else "the value"
        return f"{place}{', which' if key else ''} is not set; export {name}=... with {value}"
    if missing := re.search(r"Interpolation key '([^']+)' not found", text):
        place = f"{key}: refers" if key else "an override refers"
        return f"{place} to '{missing.group(1)}', and there is no such key"
    return None


def _first(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:2]) or "the request could not be composed"


def _near(key: str) -> str:
    if close := get_close_matches(key, ALIASES, n=1, cutoff=0.8):
        return f"did you mean {ALIASES[close[0]]}?"
    known = known_keys()
    if same := [*ELSEWHERE.get(key, ()), *(each for each in known if each.rpartition(".")[2] == key and each != key)]:
        return f"did you mean {' or '.join(same[:3])}?"
    names = {*known, *(name.partition(".")[0] for name in known), "profile", "experiment"}
    return suggest(key, names) if get_close_matches(key, names) else "harness --cfg job shows every key with its value"
