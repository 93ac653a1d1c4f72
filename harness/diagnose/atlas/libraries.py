"""The libraries that the atlas can measure, and what it asks of each: each public function gives one of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

import timm as timm_package
import torch
import torchvision as torchvision_package
from torch import nn

from harness.diagnose.atlas.shared import shared
from harness.spec.errors import RequestError


class Library(Protocol):
    """A library under measurement; each one is a variant in `harness.diagnose.atlas.libraries`."""

    name: str
    version: str
    options: dict[str, Any]
    """Constructor options under which a model shows its dropout, where it takes them."""

    def architectures(self) -> list[str]:
        """All that the library lists."""
        ...

    def family(self, architecture: str) -> str:
        """The module that an architecture is defined in."""
        ...

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        """Direct creation, without weights; the library's own number of classes for None."""
        ...

    def side(self, model: nn.Module) -> tuple[int, int, int]:
        """Channels, height and width of an image that the model takes."""
        ...

    def features(self, model: nn.Module, images: torch.Tensor) -> Any:
        """What `logits` needs, computed once for all heads tried on one backbone."""
        ...

    def logits(self, model: nn.Module, features: Any) -> Any:
        """The model's output for these features."""
        ...


class _Timm:
    name = "timm"
    version: str = timm_package.__version__
    options = {"drop_rate": 0.25}  # noqa: RUF012 - the protocol's

    def architectures(self) -> list[str]:
        return sorted(timm_package.list_models())

    def family(self, architecture: str) -> str:
        module: str = timm_package.models.model_entrypoint(architecture).__module__
        return module.rpartition(".")[2]

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        model: nn.Module = timm_package.create_model(architecture, **classes, **options)
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        channels, height, width = model.pretrained_cfg["input_size"]
        return channels, height, width

    def features(self, model: Any, images: torch.Tensor) -> Any:
        return model.forward_features(images)

    def logits(self, model: Any, features: Any) -> Any:
        return model.forward_head(features)


def timm() -> Library:
    """The timm that is installed, or the one that the import path names first."""
    return _Timm()


class _Torchvision:
    name = "torchvision"
    version: str = torchvision_package.__version__.partition("+")[0]
    options: dict[str, Any] = {}  # noqa: RUF012 - its models have their dropout switched on

    def architectures(self) -> list[str]:
        return sorted(torchvision_package.models.list_models(module=torchvision_package.models))

    def family(self, architecture: str) -> str:
        module: str = torchvision_package.models.get_model_builder(architecture).__module__
        return module.rpartition(".")[2]

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        model: nn.Module = torchvision_package.models.get_model(architecture, weights=None, **classes, **options)
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        side = getattr(model, "image_size", 299 if type(model).__name__ == "Inception3" else 224)
        return 3, side, side

    def features(self, model: Any, images: torch.Tensor) -> Any:
        return images

    def logits(self, model: Any, features: Any) -> Any:
        return model(features)


def torchvision() -> Library:
    """The torchvision that is installed."""
    return _Torchvision()


def _installed(package: str) -> Any:
    """A package that is no requirement of this one.

    Raises:
        RequestError: it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise RequestError(f"library: {package} is not installed; pip install {package}") from None


def _classes() -> dict[str, str]:
    """By model type the class for classification; the plain one where there is another with a teacher's head."""
    names = import_module("transformers.models.auto.modeling_auto").MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES
    return {kind: name if isinstance(name, str) else name[0] for kind, name in names.items()}


class _Transformers:
    """Native classes, each with the configuration that it has by itself."""

    name = "transformers"
    options: dict[str, Any] = {}  # noqa: RUF012 - its configurations have their dropout

    def __init__(self) -> None:
        self.version: str = _installed("transformers").__version__

    def architectures(self) -> list[str]:
        return sorted(_classes().keys() - LANGUAGE_MODELS - {"timm_wrapper"})

    def family(self, architecture: str) -> str:
        return architecture

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        package = _installed("transformers")
        config = package.AutoConfig.for_model(architecture)
        if num_classes is not None:
            config.num_labels = num_classes
        model: nn.Module = getattr(package, _classes()[architecture])._from_config(config)
        model.num_classes = config.num_labels
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        side = getattr(getattr(model.config, "vision_config", model.config), "image_size", 224)
        return 3, *(side if isinstance(side, list | tuple) else (side, side))

    def features(self, model: Any, images: torch.Tensor) -> Any:
        return images

    def logits(self, model: Any, features: Any) -> Any:
        return model(features).logits


LANGUAGE_MODELS = frozenset({"shieldgemma2"})
"""Listed by transformers as a class for images, and billions of parameters of a language model."""


def transformers() -> Library:
    """The transformers that is installed."""
    return _Transformers()


class _TransformersTimm(_Transformers):
    """timm's networks within transformers' wrapper."""

    name = "transformers_timm"

    def architectures(self) -> list[str]:
        return sorted({name for row in shared() if (name := row.timm)})

    def family(self, architecture: str) -> str:
        return _Timm().family(architecture)

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        package = _installed("transformers")
        classes = {} if num_classes is None else {"num_labels": num_classes}
        config = package.TimmWrapperConfig(architecture=architecture, **classes)
        model: nn.Module = package.TimmWrapperForImageClassification._from_config(config)
        model.num_classes = config.num_labels
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        return _Timm().side(model.timm_model)


def transformers_timm() -> Library:
    """The wrapper around timm in the transformers that is installed."""
    return _TransformersTimm()


class _Fastai:
    """`vision_learner`'s model: a network of timm without its head, and fastai's head."""

    name = "fastai"
    options: dict[str, Any] = {}  # noqa: RUF012 - its head has its dropout

    def __init__(self) -> None:
        self.version: str = _installed("fastai").__version__

    def architectures(self) -> list[str]:
        return _TransformersTimm.architectures(self)  # type: ignore[arg-type]

    def family(self, architecture: str) -> str:
        return _Timm().family(architecture)

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        make = import_module("fastai.vision.learner").create_timm_model
        classes = num_classes or IMAGENET
        model: nn.Module = make(architecture, classes, pretrained=False)[0]
        model.num_classes = classes  # type: ignore[assignment]
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        return _Timm().side(model[0].model)

    def features(self, model: Any, images: torch.Tensor) -> Any:
        return model[0](images)

    def logits(self, model: Any, features: Any) -> Any:
        return model[1](features)


IMAGENET = 1000


def fastai() -> Library:
    """The fastai that is installed."""
    return _Fastai()
