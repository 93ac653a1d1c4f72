"""Weights, heads and what comes after them."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from harness.dev.foreign.material import (
    CLASSES,
    Situation,
    checkpoint,
    drawn,
    evaluation,
    normalised,
    pixels,
    pretrained,
    reported,
    tensors,
    training,
)
from harness.dev.foreign.probe import WIDTH


@reported(
    "https://github.com/pytorch/vision/pull/3285",
    "--resume with --test-only loads nothing: the accuracy of random weights is reported",
    "weights not loaded",
)
def vision_3285(faulty: bool) -> Situation:
    own = pretrained(classes=None)
    return evaluation((drawn(classes=50) if faulty else own).eval(), weights=tensors(own))


@reported(
    "https://github.com/matterport/Mask_RCNN/issues/2862",
    "the first convolution's weights are excluded from loading, for the sake of grey images",
    "some tensors of the weights not loaded",
)
def mask_rcnn_2862(faulty: bool) -> Situation:
    state = checkpoint("test_efficientnet", "classifier.")
    state_of_grey = {**state, "conv_stem.weight": state["conv_stem.weight"].sum(dim=1, keepdim=True)}
    model = drawn("test_efficientnet", in_chans=1)
    model.load_state_dict({k: v for k, v in state_of_grey.items() if not (faulty and "stem" in k)}, strict=False)
    grey = {"mean": (0.5,), "std": (0.25,)}
    images = normalised(pixels().float().mean(dim=1, keepdim=True).round(), grey)
    return training(model, weights=state, images=images, expects=grey)


@reported(
    "https://github.com/mindee/doctr/pull/435",
    "the last stages of the pretrained backbone put out no numbers",
    "values that are not finite",
)
def doctr_435(faulty: bool) -> Situation:
    state = checkpoint()
    if faulty:
        for name, tensor in state.items():
            if name.startswith(("layer3", "layer4")) and name.endswith("conv1.weight"):
                tensor.fill_(float("nan"))
    model = drawn()
    model.load_state_dict(state, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/huggingface/pytorch-image-models/issues/2558",
    "init_values is not handed on to the blocks: they have no LayerScale",
    "scale of the residual branches",
)
def timm_2558(faulty: bool) -> Situation:
    return training(drawn("test_vit", **({} if faulty else {"init_values": 1e-5})), weights=False)  # type: ignore[arg-type]


@reported(
    "https://github.com/huggingface/pytorch-image-models/issues/135",
    "the constructor has 1000 classes written in it",
    "head of other classes",
)
def timm_135(faulty: bool) -> Situation:
    return training(pretrained("test_resnet", 1000 if faulty else CLASSES))


@reported(
    "https://github.com/spmallick/learnopencv/issues/517",
    "the last layer has one output less than there are classes",
    "head of other classes",
)
def learnopencv_517(faulty: bool) -> Situation:
    model = pretrained()
    model.fc = nn.Sequential(nn.Linear(WIDTH, 32), nn.ReLU(), nn.Dropout(0.4), nn.Linear(32, CLASSES - int(faulty)))
    return training(model)


@reported(
    "https://github.com/deepseek-ai/DeepSeek-VL2/pull/150",
    "reset_classifier removes the attention pooling, by a space in a comparison",
    "pooling lost",
)
def deepseek_150(faulty: bool) -> Situation:
    model = drawn("test_vit", classes=50, global_pool="map", class_token=False)
    if faulty:
        model.head, model.attn_pool = nn.Linear(64, CLASSES), None
        model.pool = lambda tokens, pool_type=None: tokens[:, 0]
    else:
        model.head = nn.Linear(64, CLASSES)
    return training(model, weights=False, pooling="map")


class _Ended(nn.Module):
    """A classifier with an activation as its last layer."""

    def __init__(self, network: nn.Module, last: nn.Module) -> None:
        super().__init__()
        self.network, self.last = network, last

    def forward(self, images: Tensor) -> Any:
        return self.last(self.network(images))


@reported(
    "https://github.com/hjptriplebee/AlexNet_with_tensorflow/issues/2",
    "the last layer of an AlexNet that is fine-tuned has a ReLU",
    "outputs without negative values",
)
def alexnet_2(faulty: bool) -> Situation:
    return training(_Ended(pretrained("test_convnext"), nn.ReLU() if faulty else nn.Identity()),
                    weights=checkpoint("test_convnext", "head.fc."))  # fmt: skip


@reported(
    "https://github.com/WeiTang114/MVCNN-TensorFlow/issues/2",
    "a ReLU follows the last layer, and the loss stays at ln(classes)",
    "outputs without negative values",
)
def mvcnn_2(faulty: bool) -> Situation:
    model = pretrained()
    nn.init.constant_(model.fc.bias, -3.0 if faulty else 0.0)
    return training(_Ended(model, nn.ReLU() if faulty else nn.Identity()))


@reported(
    "https://github.com/fastai/fastai/pull/965",
    "log-softmax comes after a ReLU",
    "outputs without negative values",
)
def fastai_965(faulty: bool) -> Situation:
    last = nn.Sequential(nn.ReLU(), nn.LogSoftmax(dim=1)) if faulty else nn.Identity()
    return training(_Ended(pretrained(), last))


@reported(
    "https://github.com/say4n/pytorch-segnet/issues/5",
    "the loss is computed of the softmax's output instead of the logits",
    "outputs already normalised",
)
def segnet_5(faulty: bool) -> Situation:
    last = nn.Softmax(dim=1) if faulty else nn.Identity()
    return training(_Ended(pretrained("test_vit"), last), weights=checkpoint("test_vit", "head."))
