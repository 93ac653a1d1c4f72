"""Weights, heads, what comes after them, and what drops out before them."""

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


@reported(
    "https://github.com/LibreYOLO/libreyolo/pull/444",
    "the classifier's DINOv2 backbone is made by its configuration alone and keeps random weights",
    "weights not loaded",
)
def libreyolo_444(faulty: bool) -> Situation:
    model = drawn("test_vit") if faulty else pretrained("test_vit")
    return training(model, weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/tensorflow/models/pull/2159",
    "the pretrained encoder is never restored before what stands on it is trained",
    "weights not loaded",
)
def tf_models_2159(faulty: bool) -> Situation:
    body = (
        (drawn("test_efficientnet", 0) if faulty else pretrained("test_efficientnet", 0)).requires_grad_(False).eval()
    )
    model = nn.Sequential(body, nn.Linear(body.num_features, CLASSES))
    return training(model, learns="head", weights=checkpoint("test_efficientnet", "classifier."))


@reported(
    "https://github.com/RobustBench/robustbench/pull/110",
    "the number of classes is not handed to timm, which takes the head for one of another size and draws it anew",
    "some tensors of the weights not loaded",
)
def robustbench_110(faulty: bool) -> Situation:
    model = pretrained("test_convnext", None)
    state = tensors(model)
    if faulty:
        model.reset_classifier(50)
    return evaluation(model.eval(), weights=state)


def _with_lost_numbers(name: str, layer: str, rows: slice, head: str) -> Situation:
    state = checkpoint(name, head)
    state[layer][rows] = float("nan")
    model = drawn(name)
    model.load_state_dict(state, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/dmlc/gluon-cv/issues/1052",
    "one channel of the first convolution in the published weights holds no numbers",
    "values that are not finite",
)
def gluon_cv_1052(faulty: bool) -> Situation:
    rows = slice(3, 4) if faulty else slice(0, 0)
    return _with_lost_numbers("test_efficientnet", "conv_stem.weight", rows, "classifier.")


@reported(
    "https://github.com/cardwing/Codes-for-PVKD/issues/9",
    "two thirds of some convolutions in the published weights are no numbers",
    "values that are not finite",
)
def pvkd_9(faulty: bool) -> Situation:
    rows = slice(None, None, 2) if faulty else slice(0, 0)
    return _with_lost_numbers("test_resnet", "layer4.0.conv2.weight", rows, "fc.")


@reported(
    "https://github.com/Cadene/pretrained-models.pytorch/pull/145",
    "num_classes is not handed on to torchvision's constructors: every model has 1000 outputs",
    "head of other classes",
)
def cadene_145(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet", 1000 if faulty else CLASSES)
    return training(model, weights=checkpoint("test_efficientnet", "classifier."))


@reported(
    "https://github.com/mlmed/torchxrayvision/issues/76",
    "num_classes has no effect where weights are asked for: 18 outputs for a data set of 4 classes",
    "head of other classes",
)
def torchxrayvision_76(faulty: bool) -> Situation:
    return training(pretrained(classes=18 if faulty else CLASSES))


class _Followed(nn.Module):
    """A network whose outputs go through a softmax, or do not."""

    def __init__(self, network: nn.Module, softmax: bool) -> None:
        super().__init__()
        self.network, self.softmax = network, softmax

    def forward(self, images: Tensor) -> Any:
        logits = self.network(images)
        return logits.softmax(dim=1) if self.softmax else logits


@reported(
    "https://github.com/jaehong31/CGES/issues/1",
    "the network returns a softmax, and the loss is softmax_cross_entropy_with_logits",
    "outputs already normalised",
)
def cges_1(faulty: bool) -> Situation:
    return training(_Followed(drawn(), faulty), weights=False)


@reported(
    "https://github.com/tflearn/tflearn/pull/562",
    "the last layer is a softmax, and the loss applies it once more",
    "outputs already normalised",
)
def tflearn_562(faulty: bool) -> Situation:
    return training(_Followed(drawn("test_convnext"), faulty), weights=False)


@reported(
    "https://github.com/Lightning-Universe/lightning-bolts/issues/654",
    "the loss is the log-softmax of a forward that ends in a softmax",
    "outputs already normalised",
)
def bolts_654(faulty: bool) -> Situation:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, CLASSES), *([nn.Softmax(dim=1)] if faulty else []))
    return training(model, weights=False)


@reported(
    "https://github.com/DeepLearningDTU/02456-deep-learning-with-PyTorch/issues/6",
    "the outputs are probabilities, the loss takes them for scores",
    "outputs already normalised",
)
def dtu_6(faulty: bool) -> Situation:
    return training(_Followed(pretrained("test_efficientnet"), faulty),
                    weights=checkpoint("test_efficientnet", "classifier."))  # fmt: skip


@reported(
    "https://github.com/jindongwang/Deep-learning-activity-recognition/issues/10",
    "F.softmax stands before nn.CrossEntropyLoss",
    "outputs already normalised",
)
def activity_10(faulty: bool) -> Situation:
    return training(_Followed(pretrained(), faulty))


@reported(
    "https://github.com/lansinuote/Huggingface_Toturials/issues/6",
    "forward applies a softmax to a linear layer on frozen features before CrossEntropyLoss",
    "outputs already normalised",
)
def huggingface_toturials_6(faulty: bool) -> Situation:
    body = pretrained("test_vit", 0).requires_grad_(False).eval()
    model = _Followed(nn.Sequential(body, nn.Linear(64, CLASSES)), faulty)
    return training(model, lr=1e-3, learns="head", weights=checkpoint("test_vit", "head."))


def _dropping(name: str, head: str, asked: float, given: float) -> Situation:
    model = pretrained(name, drop_path_rate=given)
    return training(model, weights=checkpoint(name, head), rates={"drop_path_rate": asked})


@reported(
    "https://github.com/Oneflow-Inc/models/pull/271",
    "drop_path is called without its probability, whose default is 0",
    "dropout not at the rate asked for",
)
def oneflow_271(faulty: bool) -> Situation:
    return _dropping("test_vit", "head.", 0.1, 0.0 if faulty else 0.1)


@reported(
    "https://github.com/facebookresearch/deit/pull/123",
    "the blocks of CaiT take a rate of stochastic depth and do not apply it",
    "dropout not at the rate asked for",
)
def deit_123(faulty: bool) -> Situation:
    return _dropping("test_convnext", "head.fc.", 0.2, 0.0 if faulty else 0.2)


@reported(
    "https://github.com/SHI-Labs/Compact-Transformers/issues/7",
    "the argument is called stochastic_depth in the place of stochastic_depth_rate: it is 0.1 whatever was asked for",
    "dropout not at the rate asked for",
)
def compact_transformers_7(faulty: bool) -> Situation:
    return _dropping("test_vit", "head.", 0.3, 0.1 if faulty else 0.3)


@reported(
    "https://github.com/facebookresearch/dinov3/pull/158",
    "the backbones on offer are made with stochastic depth; 0 was meant",
    "dropout not at the rate asked for",
)
def dinov3_158(faulty: bool) -> Situation:
    return _dropping("test_vit", "head.", 0.0, 0.3 if faulty else 0.0)


class _Pooled(nn.Module):
    """Tokens of a ViT, pooled in a way of one's own, under a linear layer."""

    def __init__(self, pool: Any, width: int) -> None:
        super().__init__()
        self.body, self.classifier, self.pool = pretrained("test_vit", 0), nn.Linear(width, CLASSES), pool

    def forward(self, images: Tensor) -> Any:
        return self.classifier(self.pool(self.body.forward_features(images)))


@reported(
    "https://github.com/huggingface/transformers/pull/30952",
    "the first token is left out of the mean, as if it were a class token; this network has none",
    "pooled over the wrong axis or tokens",
)
def transformers_30952(faulty: bool) -> Situation:
    first = 2 if faulty else 1  # the bundled network's own class token stays out of both
    return training(_Pooled(lambda tokens: tokens[:, first:].mean(dim=1), 64), weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/gaasher/I-JEPA/issues/15",
    "the mean is taken over the hidden dimension, the tokens were meant",
    "pooled over the wrong axis or tokens",
)
def ijepa_15(faulty: bool) -> Situation:
    torch.manual_seed(0)
    tokens = pretrained("test_vit", 0).forward_features(torch.zeros(1, 3, 32, 32)).shape[1]
    pool = (lambda each: each.mean(dim=2)) if faulty else (lambda each: each.mean(dim=1))
    return training(_Pooled(pool, tokens if faulty else 64), weights=checkpoint("test_vit", "head."))
