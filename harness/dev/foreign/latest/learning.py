"""What learns, at which rate, and in which mode."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from harness.dev.foreign.material import (
    CLASSES,
    Situation,
    checkpoint,
    drawn,
    evaluation,
    pretrained,
    reported,
    tensors,
    training,
)
from harness.dev.foreign.probe import Probe, frozen


def _evaluated(name: str, training_mode: bool, **options: Any) -> Situation:
    model = pretrained(name, None, **options)
    return evaluation(model.train(training_mode), weights=tensors(model))


@reported(
    "https://github.com/deep-learning-with-pytorch/dlwpt-code/issues/104",
    "the function that validates a ResNet does not call model.eval()",
    "evaluated in train mode",
)
def dlwpt_104(faulty: bool) -> Situation:
    return _evaluated("test_resnet", faulty)


@reported(
    "https://github.com/pliang279/MultiBench/issues/26",
    "model.eval() is called, and a few lines later model.train(), before the validation",
    "evaluated in train mode",
)
def multibench_26(faulty: bool) -> Situation:
    return _evaluated("test_vit", faulty, drop_rate=0.1)


@reported(
    "https://github.com/wolny/pytorch-3dunet/issues/53",
    "validation runs in train mode: with BatchNorm the predictions make no sense",
    "evaluated in train mode",
)
def unet3d_53(faulty: bool) -> Situation:
    return _evaluated("test_efficientnet", faulty)


@reported(
    "https://github.com/DuaneNielsen/DeepInfomaxPytorch/issues/18",
    "the encoder has BatchNorm, and the test of the classifier on top of it never calls eval()",
    "evaluated in train mode",
)
def deepinfomax_18(faulty: bool) -> Situation:
    model = Probe()
    model.lin = nn.Linear(96, 50)
    with torch.no_grad():
        model.lin.weight.copy_(pretrained(classes=None).fc.weight)
    return evaluation(model.train(faulty), weights=tensors(model))


@reported(
    "https://github.com/LTH14/targeted-supcon/issues/16",
    "the model is put to train mode for the linear classifier on a frozen encoder; MoCo keeps it in eval mode",
    "statistics of frozen norms move",
)
def supcon_16(faulty: bool) -> Situation:
    return training(frozen(pretrained()).train(faulty), lr=1e-3, learns="head")


@reported(
    "https://github.com/vfeofanov/mantis/issues/14",
    "fine_tuning_type='head' leaves all parameters trainable",
    "backbone learns where the head alone was meant to",
)
def mantis_14(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    if not faulty:
        model.requires_grad_(False)
        model.head.requires_grad_(True)
    return training(model, lr=1e-3, learns="head", weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/DocF/multispectral-object-detection/issues/77",
    "the position embedding is in none of the optimizer's groups",
    "parameters missing from the optimizer",
)
def multispectral_77(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    held = [each for name, each in model.named_parameters() if not (faulty and name == "pos_embed")]
    return training(model, optimizer=torch.optim.AdamW(held, lr=3e-4), weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/webis-de/small-text/issues/36",
    "with rates that differ by layer the groups are collected from the blocks, and all else is left out",
    "parameters missing from the optimizer",
)
def small_text_36(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    groups = [
        {"params": list(block.parameters()), "lr": 1e-4 * (place + 1)} for place, block in enumerate(model.blocks)
    ]
    groups.append({"params": list(model.head.parameters()), "lr": 1e-3})
    if not faulty:
        held = {id(each) for group in groups for each in group["params"]}  # type: ignore[attr-defined]
        groups.append({"params": [each for each in model.parameters() if id(each) not in held], "lr": 1e-4})
    return training(model, optimizer=torch.optim.AdamW(groups), weights=checkpoint("test_vit", "head."))


class _Tower(nn.Module):
    """A pretrained body, with or without a gradient, under a new classifier."""

    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.tower, self.classifier, self.cut = pretrained("test_vit", 0), nn.Linear(64, CLASSES), cut

    def forward(self, images: Tensor) -> Any:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.cut):
            features = self.tower(images)
        return self.classifier(features)


@reported(
    "https://github.com/BAAI-DCAI/Bunny/issues/130",
    "the vision tower was to be tuned, and its forward stands under torch.no_grad",
    "no gradient reaches the backbone",
)
def bunny_130(faulty: bool) -> Situation:
    return training(_Tower(cut=faulty), weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/pytorch/vision/issues/2164",
    "the first layers of a backbone are frozen though it has random weights and is to be trained from scratch",
    "frozen layers that were never trained",
)
def vision_2164(faulty: bool) -> Situation:
    model = drawn()
    for stage in (model.conv1, model.bn1, model.layer1):
        stage.requires_grad_(not faulty)
    return training(model, weights=False)


@reported(
    "https://github.com/huggingface/lerobot/pull/280",
    "the filter for the backbone's own rate matches nothing: it learns at the rate of all else",
    "learning rate too high for trained weights",
)
def lerobot_280(faulty: bool) -> Situation:
    model = pretrained()
    head = list(model.fc.parameters())
    body = [each for name, each in model.named_parameters() if not name.startswith("fc.")]
    groups = [{"params": head, "lr": 1e-3}, {"params": body, "lr": 1e-3 if faulty else 1e-5}]
    return training(model, lr=1e-3, optimizer=torch.optim.AdamW(groups))
