"""The head, what comes after it, and what drops out before it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.dev.foreign.material import (
    CLASSES,
    Situation,
    checkpoint,
    drawn,
    evaluation,
    labels,
    pretrained,
    reported,
    training,
)
from harness.dev.foreign.probe import WIDTH


def _efficient(model: nn.Module, **given: Any) -> Situation:
    return training(model, weights=checkpoint("test_efficientnet", "classifier."), **given)


@reported(
    "https://github.com/esa/AnomalyMatch/pull/15",
    "with two classes timm's EfficientNet head is about 25 times as wide as torch's: overconfident before any step",
    "head initialised too wide",
)
def anomalymatch_15_head(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet", classes=None)
    model.classifier = nn.Linear(model.classifier.in_features, 2)
    if faulty:
        nn.init.uniform_(model.classifier.weight, -(2**-0.5), 2**-0.5)
        nn.init.zeros_(model.classifier.bias)
    return _efficient(model, num_classes=2, labels=labels() % 2)


@reported(
    "https://github.com/esa/AnomalyMatch/pull/15",
    "the momentum of BatchNorm that the configuration states (0.01) is never set after the change of libraries",
    "settings of the norms",
)
def anomalymatch_15_momentum(faulty: bool) -> Situation:
    model, earlier = pretrained("test_efficientnet"), pretrained("test_efficientnet")
    for network in (earlier,) if faulty else (earlier, model):
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.01
    return _efficient(model, reference=earlier)


@reported(
    "https://github.com/fastai/fastbook/pull/254",
    "the head of the classes of pretraining is kept for a data set of ten",
    "head of other classes",
)
def fastbook_254(faulty: bool) -> Situation:
    return training(pretrained(classes=None if faulty else CLASSES))


@reported(
    "https://github.com/microsoft/Cream/issues/154",
    "the registered constructor drops num_classes: every model has 1000 outputs",
    "head of other classes",
)
def cream_154(faulty: bool) -> Situation:
    def constructor(num_classes: int) -> Any:
        return pretrained("test_vit", 1000 if faulty else num_classes)

    return training(constructor(CLASSES), weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/koaning/embetter/issues/21",
    "what is taken for features are the 1000 logits of the old head; the new classifier is put on top of them",
    "head on the logits of the old head",
)
def embetter_21(faulty: bool) -> Situation:
    network = pretrained(classes=None if faulty else 0)
    return training(nn.Sequential(network, nn.Linear(50 if faulty else WIDTH, CLASSES)))


@reported(
    "https://github.com/USTC-Video-Understanding/I3D_Finetune/issues/2",
    "the last layer of a fine-tuned network is followed by a ReLU",
    "outputs without negative values",
)
def i3d_finetune_2(faulty: bool) -> Situation:
    return training(nn.Sequential(pretrained(), *([nn.ReLU()] if faulty else [])))


@reported(
    "https://github.com/pytorch/tutorials/pull/1644",
    "a ReLU stands just before the cross-entropy",
    "outputs without negative values",
)
def tutorials_1644(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    hidden = [nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, CLASSES)]
    model.head = nn.Sequential(*hidden, *([nn.ReLU()] if faulty else []))
    return training(model, weights=checkpoint("test_vit", "head."))


class _Ending(nn.Module):
    """A network whose logits go through a function."""

    def __init__(self, network: nn.Module, ending: Any) -> None:
        super().__init__()
        self.network, self.ending = network, ending

    def forward(self, images: Tensor) -> Any:
        return self.ending(self.network(images))


@reported(
    "https://github.com/doronharitan/human_activity_recognition_LRCN/issues/4",
    "softmax in the model, and again in CrossEntropyLoss",
    "outputs already normalised",
)
def lrcn_4(faulty: bool) -> Situation:
    return training(_Ending(pretrained(), lambda logits: logits.softmax(dim=1) if faulty else logits))


@reported(
    "https://github.com/opendataval/opendataval/issues/25",
    "a sigmoid ends the model that is trained with F.cross_entropy",
    "outputs already normalised",
)
def opendataval_25(faulty: bool) -> Situation:
    return training(_Ending(pretrained(), torch.sigmoid if faulty else nn.Identity()))


@reported(
    "https://github.com/yz93/LAVT-RIS/issues/25",
    "two layers in a row are initialised as zeros: neither ever gets a gradient",
    "two layers of zeros in a row",
)
def lavt_25(faulty: bool) -> Situation:
    model = pretrained()
    model.fc = nn.Sequential(nn.Linear(WIDTH, 64, bias=False), nn.ReLU(), nn.Linear(64, CLASSES, bias=False))
    nn.init.zeros_(model.fc[2].weight)
    if faulty:
        nn.init.zeros_(model.fc[0].weight)
    return training(model)


@reported(
    "https://github.com/huggingface/pytorch-image-models/issues/2272",
    "reset_classifier(n, 'map') removes the attention pooling that was asked for, by a slip in a comparison",
    "pooling lost",
)
def timm_2272(faulty: bool) -> Situation:
    model = drawn("test_vit", global_pool="map", class_token=False)
    if faulty:
        model.attn_pool = None
        model.pool = lambda tokens, pool_type=None: tokens[:, 0]  # what timm did then
    return training(model, weights=False, pooling="map")


class _HeadWithoutDropout(nn.Module):
    """Pooling, norm and layer as in timm's head; its dropout is made and never called."""

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.global_pool, self.norm, self.flatten, self.fc = head.global_pool, head.norm, head.flatten, head.fc
        self.drop = nn.Dropout(0.3)

    def forward(self, features: Tensor, pre_logits: bool = False) -> Any:
        return self.fc(self.flatten(self.norm(self.global_pool(features))))


@reported(
    "https://github.com/huggingface/pytorch-image-models/issues/1726",
    "the head makes a dropout layer from drop_rate and does not call it",
    "dropout not at the rate asked for",
)
def timm_1726(faulty: bool) -> Situation:
    model = pretrained("test_convnext", drop_rate=0.3)
    if faulty:
        model.head = _HeadWithoutDropout(model.head)
    return training(model, weights=checkpoint("test_convnext", "head.fc."), rates={"drop_rate": 0.3})


@reported(
    "https://github.com/Gofinge/CheXpert_Baseline_PyTorch/issues/5",
    "0.9 was meant as the part that is kept: nine in ten features are dropped",
    "dropout not at the rate asked for",
)
def chexpert_5(faulty: bool) -> Situation:
    return training(pretrained(drop_rate=0.9 if faulty else 0.1), rates={"drop_rate": 0.1})


class _FunctionalDropout(nn.Module):
    """A head that drops features by the function, whose `training` is True unless it is told."""

    def __init__(self, layer: nn.Module, told: bool) -> None:
        super().__init__()
        self.layer, self.told = layer, told

    def forward(self, features: Tensor) -> Any:
        kept = functional.dropout(features, 0.2, self.training) if self.told else functional.dropout(features, 0.2)
        return self.layer(kept)


@reported(
    "https://github.com/pytorch/vision/issues/7103",
    "dropout as a function is not told the mode: it is at work in evaluation",
    "dropout at work in evaluation",
)
def vision_7103(faulty: bool) -> Situation:
    model = pretrained(classes=None)
    model.fc = _FunctionalDropout(model.fc, told=not faulty)
    return evaluation(model.eval())
