"""Whose model it is, and lines of Python by which its library makes it, or a part of it, as it should be."""

from __future__ import annotations

import inspect
import keyword
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor, nn

from harness.diagnose.audit.images import stated_config


def written(model: nn.Module, name: str, start: str = "model") -> str:
    """A module or parameter as an expression: `model.classifier[6]`, as `model.classifier.6` is no Python."""
    text, module = start, model
    for part in name.split(".") if name else ():
        indexed = isinstance(module, nn.Sequential | nn.ModuleList | nn.ParameterList)
        if indexed and part.isdigit():
            text += f"[{part}]"
        elif not part.isidentifier() or keyword.iskeyword(part):
            text += f"[{part!r}]" if isinstance(module, nn.ModuleDict) else f'._modules["{part}"]'
        else:
            text += f".{part}"
        module = getattr(module, part)
    return text


def new_layer(layer: nn.Module, rows: int) -> str:
    """A layer like this one, with another number of outputs."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    if weight.ndim == 4:
        assert isinstance(layer, nn.Conv2d)
        return f"torch.nn.Conv2d({layer.in_channels}, {rows}, {tuple(layer.kernel_size)})"
    bias = "" if getattr(layer, "bias", None) is not None else ", bias=False"
    return f"torch.nn.Linear({weight.shape[1]}, {rows}{bias})"


Library = Literal["timm", "torchvision", "transformers", "other"]
MOST = 0.5  # of the parameters: a block borrowed from a library does not make the model that library's
CLASSES = 1000  # of torchvision's weights

TORCHVISION_RATES = {"drop_rate": "dropout", "drop_path_rate": "stochastic_depth_prob"}
TRANSFORMERS_RATES = {
    "drop_rate": ("classifier_dropout", "classifier_dropout_prob"),
    "proj_drop_rate": ("hidden_dropout_prob",),
    "attn_drop_rate": ("attention_probs_dropout_prob",),
    "drop_path_rate": ("drop_path_rate",),
}


@dataclass(frozen=True)
class Maker:
    """A model, or the largest part of one, that a library made.

    `name` is the part's name in the model, `start` how the model is written in Python, `whole` the model.
    """

    library: Library
    whole: nn.Module
    name: str
    start: str

    @property
    def module(self) -> nn.Module:
        """The part that the library made."""
        return self.whole.get_submodule(self.name)

    @property
    def place(self) -> str:
        """The part, as it is written in Python."""
        return written(self.whole, self.name, self.start)

    @cached_property
    def architecture(self) -> str | None:
        """The name that the library makes it by; None where it does not say."""
        if self.library == "timm":
            config = stated_config(self.module)
            name, tag = config.get("architecture"), config.get("tag")
            return f"{name}.{tag}" if name and tag else name
        return _builder(self.module) if self.library == "torchvision" else None

    @property
    def checkpoint(self) -> str:
        """The checkpoint that a transformers model came from, as a literal; a variable's name where it is unknown."""
        known = str(getattr(getattr(self.module, "config", None), "_name_or_path", "") or "")
        return repr(known) if known else "checkpoint"

    def remade(
        self,
        classes: int | None,
        heads: tuple[str, ...] = (),
        rates: Mapping[str, Any] | None = None,
        pretrained: bool = True,
    ) -> str:
        """A line that makes the part anew, with a head of `classes`; empty where the library's line is not known.

        Args:
            classes: outputs of the head; None: as the weights have them.
            heads: names of the heads in the whole model, to be made anew where the library has no argument for them.
            rates: further arguments, under timm's names.
            pretrained: whether the weights are the library's.
        """
        made = self._made(classes, dict(rates or {}), pretrained)
        if not made:
            return ""
        configs = getattr(self.whole, "peft_config", None)
        if configs and self.name.startswith("base_model."):
            return f"{self.start} = peft.get_peft_model({made}, {self.start}.peft_config[{next(iter(configs))!r}])"
        line = f"{self.place} = {made}"
        if self.library == "torchvision" and classes not in (None, CLASSES):
            extra = [name for name, _ in self.module.named_modules() if name == "AuxLogits.fc"]
            own = [head.removeprefix(f"{self.name}.") if self.name else head for head in heads]
            for head in (*own, *extra):
                layer = self.module.get_submodule(head)
                line += f"; {written(self.module, head, self.place)} = {new_layer(layer, classes or CLASSES)}"
        return line

    def _made(self, classes: int | None, rates: dict[str, Any], pretrained: bool) -> str:
        if self.library == "transformers":
            config = getattr(self.module, "config", None)
            named = {
                next((each for each in TRANSFORMERS_RATES.get(key, ()) if hasattr(config, each)), None): value
                for key, value in rates.items()
            }
            if None in named or not pretrained:
                return ""
            labels = "" if classes is None else f", num_labels={classes}, ignore_mismatched_sizes=True"
            return (
                f"transformers.{type(self.module).__name__}.from_pretrained({self.checkpoint}{labels}{_options(named)})"
            )
        if self.architecture is None:
            return ""
        if self.library == "timm":
            number = "" if classes is None else f", num_classes={classes}"
            return f"timm.create_model({self.architecture!r}, pretrained={pretrained}{number}{_options(rates)})"
        accepted = inspect.signature(type(self.module).__init__).parameters
        named = {TORCHVISION_RATES.get(key): value for key, value in rates.items()}
        if not set(named) <= set(accepted):
            return ""
        weights = "DEFAULT" if pretrained else None
        return f"torchvision.models.{self.architecture}(weights={weights!r}{_options(named)})"

    def transform(self) -> str:
        """A line that makes the preprocessing of evaluation images as the weights expect it; empty where unknown."""
        if self.library == "timm":
            data = f"timm.data.resolve_data_config({{}}, model={self.place})"
            return f"preprocessing = timm.data.create_transform(**{data}, is_training=False)"
        if self.library == "torchvision" and self.architecture:
            weights = f'torchvision.models.get_model_weights("{self.architecture}").DEFAULT'
            return f"preprocessing = {weights}.transforms()"
        if self.library == "transformers":
            return (
                f"processor = transformers.AutoImageProcessor.from_pretrained({self.checkpoint}); preprocessing = "
                'lambda image: processor(image, return_tensors="pt")["pixel_values"][0]'
            )
        return ""


def _options(named: Mapping[Any, Any]) -> str:
    return "".join(f", {key}={value!r}" for key, value in named.items())


def maker(model: nn.Module, start: str = "model") -> Maker:
    """The outermost part that a library made and that has most of the parameters; `other` where there is none."""
    total = sum(each.numel() for each in model.parameters())
    for name, module in model.named_modules():
        library = _library(module)
        if library and sum(each.numel() for each in module.parameters()) >= MOST * total:
            return Maker(library, model, name, start)
    return Maker("other", model, "", start)


def _library(module: nn.Module) -> Library | None:
    kind = type(module)
    origins = {each.__module__ for each in kind.__mro__}
    if hasattr(kind, "from_pretrained") and any(each.startswith("transformers.") for each in origins):
        return "transformers"
    if hasattr(kind, "get_classifier") and hasattr(module, "pretrained_cfg"):
        return "timm"
    if kind.__module__.startswith("torchvision.models.") and getattr(module, "forward", None) and _builders(module):
        return "torchvision"
    return None


def _builders(module: nn.Module) -> dict[str, Any]:
    """torchvision's functions that give models of a class: public ones of its file that return it."""
    kind = type(module)
    file = sys.modules.get(kind.__module__)
    return {
        name: each
        for name, each in vars(file).items()
        if inspect.isfunction(each)
        and not name.startswith("_")
        and "weights" in inspect.signature(each).parameters
        and str(inspect.signature(each).return_annotation).split(".")[-1].strip("'>") == kind.__name__
    }


def _builder(module: nn.Module) -> str | None:
    """The one that gives tensors of the same shapes, heads aside; each is built without memory."""
    found = _builders(module)
    if len(found) == 1:
        return next(iter(found))
    own = _shapes(module)
    for name, build in found.items():
        try:
            with torch.device("meta"):
                other = _shapes(build())
        except (RuntimeError, ValueError, NotImplementedError):
            continue
        if own.keys() == other.keys() and sum(own[key] != other[key] for key in own) <= 2:  # a head: weight and bias
            return name
    return None


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(each.shape) for name, each in module.state_dict().items()}
