"""What learns: frozen and learning parameters, the optimizer, layers that are not registered, the rate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from harness.dev.foreign.material import CLASSES, Situation, checkpoint, pretrained, reported, training
from harness.dev.foreign.probe import WIDTH, Probe, frozen


@reported(
    "https://github.com/p3i0t/SimCLR-CIFAR10/issues/1",
    "requires_grad = False is written on the module, which sets an attribute and freezes nothing",
    "backbone learns where the head alone was meant to",
)
def simclr_cifar10_1(faulty: bool) -> Situation:
    model = Probe()
    if faulty:
        model.enc.requires_grad = False
    else:
        model.enc.requires_grad_(False).eval()
    return training(model, lr=1e-3, learns="head")


@reported(
    "https://notes.atzy.dev/transfer-learning",
    "the attribute is misspelled (requiresGrad), so that every layer of the ResNet goes on learning",
    "backbone learns where the head alone was meant to",
)
def atzy_requires_grad(faulty: bool) -> Situation:
    model = pretrained()
    if faulty:
        for parameter in model.parameters():
            parameter.requiresGrad = False
    else:
        frozen(model)
    return training(model, lr=1e-3, learns="head")


@reported(
    "https://github.com/Lightning-AI/pytorch-lightning/issues/14277",
    "train_bn=False is not handed on: the norm layers of the frozen backbone learn",
    "backbone learns where the head alone was meant to",
)
def lightning_14277(faulty: bool) -> Situation:
    model = frozen(pretrained())
    for module in model.modules() if faulty else ():
        if isinstance(module, nn.BatchNorm2d):
            module.requires_grad_(True).train()
    return training(model, lr=1e-3, learns="head")


@reported(
    "https://github.com/lightly-ai/lightly/pull/1169",
    "the model is not frozen, but only the classification head's parameters go to the optimizer",
    "parameters missing from the optimizer",
)
def lightly_1169(faulty: bool) -> Situation:
    model = pretrained()
    optimizer = torch.optim.SGD((model.fc if faulty else model).parameters(), lr=0.01, momentum=0.9)
    recipe = {"optimizer": "sgd", "lr": 0.01, "momentum": 0.9, "steps": 500}
    return training(model, optimizer=optimizer, recipe=recipe)


@reported(
    "https://github.com/ifzhang/FairMOT/issues/125",
    "the identity classifier belongs to the loss and is not handed to the optimizer",
    "parameters missing from the optimizer",
)
def fairmot_125(faulty: bool) -> Situation:
    model = Probe()
    held = [*model.enc.parameters(), *([] if faulty else model.lin.parameters())]
    return training(model, optimizer=torch.optim.Adam(held, lr=1e-4), lr=1e-4)


@reported(
    "https://github.com/zjunlp/HVPNeT/issues/5",
    "the parameter group of the last layers is put together and never appended to the list",
    "parameters missing from the optimizer",
)
def hvpnet_5(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    groups = [{"params": list(model.blocks.parameters()), "lr": 3e-5}]
    rest = [each for name, each in model.named_parameters() if not name.startswith("blocks.")]
    if not faulty:
        groups.append({"params": rest, "lr": 3e-4})
    return training(model, optimizer=torch.optim.AdamW(groups), weights=checkpoint("test_vit", "head."))


class _HeadInList(nn.Module):
    """A pretrained body whose new layers stand in a list of Python, or in nn.ModuleList."""

    def __init__(self, layers: list[nn.Module], registered: bool, last: nn.Module | None = None) -> None:
        super().__init__()
        self.body = pretrained(classes=0)
        self.layers: Any = nn.ModuleList(layers) if registered else layers
        self.classifier = last or nn.Identity()

    def forward(self, images: Tensor) -> Any:
        features = self.body(images)
        for layer in self.layers:
            features = layer(features)
        return self.classifier(features)


@reported(
    "https://github.com/pytorch/pytorch/issues/59925",
    "the layers stand in a list: parameters(), train() and the optimizer do not see them",
    "layers not registered",
)
def pytorch_59925(faulty: bool) -> Situation:
    torch.manual_seed(1)
    layers = [nn.Linear(WIDTH, 32), nn.ReLU(), nn.Linear(32, CLASSES)]
    return training(_HeadInList(layers, registered=not faulty))


@reported(
    "https://github.com/pytorch/pytorch/issues/715",
    "hidden layers in a list are not among the parameters; the classifier after them is",
    "layers not registered",
)
def pytorch_715(faulty: bool) -> Situation:
    torch.manual_seed(1)
    hidden = [nn.Linear(WIDTH, 32), nn.ReLU()]
    return training(_HeadInList(hidden, registered=not faulty, last=nn.Linear(32, CLASSES)))


@reported(
    "https://github.com/lucidrains/vit-pytorch/issues/34",
    "a pretrained ViT is fine-tuned by Adam at 1e-2: all images get one class",
    "learning rate too high for trained weights",
)
def vit_pytorch_34(faulty: bool) -> Situation:
    lr = 1e-2 if faulty else 1e-4
    model = pretrained("test_vit")
    model.head = nn.Linear(64, CLASSES)
    return training(
        model, lr=lr, optimizer=torch.optim.Adam(model.parameters(), lr=lr), weights=checkpoint("test_vit", "head.")
    )


@reported(
    "https://github.com/huawei-noah/Efficient-AI-Backbones/issues/176",
    "fine-tuning at 2e-3, the rate of pretraining, takes the accuracy down from the first epochs on",
    "learning rate too high for trained weights",
)
def vig_176(faulty: bool) -> Situation:
    model = pretrained("test_convnext")
    return training(model, lr=2e-3 if faulty else 2e-4, weights=checkpoint("test_convnext", "head.fc."))
