"""Train mode and eval mode: of frozen norms in training, of the whole model in evaluation."""

from __future__ import annotations

import torch
from torch import nn

from harness.dev.foreign.material import Situation, checkpoint, evaluation, pretrained, reported, training
from harness.dev.foreign.probe import Probe, frozen


@reported(
    "https://github.com/kdexd/virtex/issues/16",
    "the backbone of a linear evaluation is frozen, but in train mode: its BatchNorm uses and gathers batch statistics",
    "statistics of frozen norms move",
)
def virtex_16(faulty: bool) -> Situation:
    model = frozen(pretrained())
    return training(model.train(faulty), lr=1e-3, learns="head")


@reported(
    "https://github.com/lightly-ai/lightly/issues/1438",
    "deactivate_requires_grad(backbone) leaves the running statistics of its norms moving",
    "statistics of frozen norms move",
)
def lightly_1438(faulty: bool) -> Situation:
    model = Probe()
    for parameter in model.enc.parameters():
        parameter.requires_grad = False
    model.train()
    if not faulty:
        model.enc.eval()
    return training(model, lr=1e-3, learns="head")


@reported(
    "https://github.com/ContinualAI/avalanche/pull/772",
    "after an evaluation everything is put to train mode, the norms that were frozen for fine-tuning as well",
    "statistics of frozen norms move",
)
def avalanche_772(faulty: bool) -> Situation:
    model = pretrained().train()
    norms = {name: module for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)}
    for module in norms.values():
        module.requires_grad_(False).eval()
    if faulty:
        model.train()
    frozen = tuple(f"{name}." for name in norms)
    return training(model, learns=frozenset(n for n, _ in model.named_parameters() if not n.startswith(frozen)))


@reported(
    "https://github.com/huyvnphan/PyTorch_CIFAR10/issues/4",
    "a pretrained ResNet is evaluated without model.eval()",
    "evaluated in train mode",
)
def pytorch_cifar10_4(faulty: bool) -> Situation:
    return evaluation(pretrained(classes=None).train(faulty))


@reported(
    "https://github.com/Cadene/pretrained-models.pytorch/issues/4",
    "the example that classifies an image lacks model.eval(); the network has dropout as well",
    "evaluated in train mode",
)
def cadene_4(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet", classes=None, drop_rate=0.2).train(faulty)
    return evaluation(model, weights=checkpoint("test_efficientnet", "\0"))


@reported(
    "https://github.com/microsoft/robustdg/issues/30",
    "test accuracy during training is taken without model.eval(), that of the script with it",
    "evaluated in train mode",
)
def robustdg_30(faulty: bool) -> Situation:
    model = pretrained(classes=None)
    arguments = evaluation(model).arguments
    with torch.no_grad():
        outputs = model.train(faulty)(arguments["images"])
    return evaluation(pretrained(classes=None).eval(), outputs=outputs)
