"""The weights: not loaded, loaded in part, or changed after they were loaded."""

from __future__ import annotations

import torch
from torch import nn

from harness.dev.foreign.material import (
    Situation,
    checkpoint,
    drawn,
    evaluation,
    normalised,
    pixels,
    pretrained,
    reported,
    training,
)


class Inside(nn.Module):
    """A network as an attribute of another module."""

    def __init__(self, attribute: str, network: nn.Module) -> None:
        super().__init__()
        self.attribute = attribute
        self.add_module(attribute, network)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits, [N, classes]."""
        logits: torch.Tensor = self.get_submodule(self.attribute)(images)
        return logits


@reported(
    "https://github.com/torchgeo/torchgeo/issues/4036",
    "keys of the file begin with encoder., those of the model with model.encoder.; strict=False drops every tensor",
    "weights not loaded",
)
def torchgeo_4036(faulty: bool) -> Situation:
    model = Inside("model", Inside("encoder", drawn()))
    state = {f"encoder.{name}": tensor for name, tensor in checkpoint().items()}
    model.load_state_dict(state if faulty else {f"model.{name}": each for name, each in state.items()}, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/facebookresearch/sam3/issues/606",
    "the checkpoint was saved from a parallel wrapper; module. stays before its names and strict=False says nothing",
    "weights not loaded",
)
def sam3_606(faulty: bool) -> Situation:
    model = drawn("test_vit")
    state = {f"module.{name}": tensor for name, tensor in checkpoint("test_vit", "head.").items()}
    model.load_state_dict(state if faulty else {name[7:]: each for name, each in state.items()}, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/paninski-lab/lightning-pose/issues/351",
    "the loader passes over position embeddings and patch projection, which keep their random values",
    "some tensors of the weights not loaded",
)
def lightning_pose_351(faulty: bool) -> Situation:
    model, state = drawn("test_vit"), checkpoint("test_vit", "head.")
    skipped = ("pos_embed", "patch_embed.proj") if faulty else ()
    model.load_state_dict({k: v for k, v in state.items() if not k.startswith(skipped or "\0")}, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/open-mmlab/mmpretrain/pull/318",
    "the backbone's own initialisation runs after the pretrained weights were loaded and replaces them",
    "weights overwritten after loading",
)
def mmpretrain_318(faulty: bool) -> Situation:
    model = pretrained()
    for module in model.modules() if faulty else ():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0, 1.0 / module.weight.shape[1])
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.constant_(module.bias, 0.0001)
            nn.init.zeros_(module.running_mean)  # type: ignore[arg-type]
    return training(model)


@reported(
    "https://github.com/zshn25/DINOv2_mmseg/pull/1",
    "the runner calls init_weights() at the start of training, over the pretrained weights of the ViT",
    "weights overwritten after loading",
)
def dinov2_mmseg_1(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    for module in model.blocks.modules() if faulty else ():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)
    return training(model, weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/ImCharlesY/AdaInt/pull/12",
    "the model around a pretrained ResNet initialises all of its convolutions, the pretrained ones among them",
    "weights overwritten after loading",
)
def adaint_12(faulty: bool) -> Situation:
    model = Inside("backbone", pretrained("test_efficientnet"))
    for module in model.modules() if faulty else ():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_normal_(module.weight)
    return training(model, weights=checkpoint("test_efficientnet", "classifier."))


@reported(
    "https://github.com/sksq96/pytorch-summary/issues/67",
    "a summary sends random numbers through the model in train mode, which moves the running statistics",
    "statistics of BatchNorm disturbed after loading",
)
def pytorch_summary_67(faulty: bool) -> Situation:
    model = pretrained(classes=None).train(faulty)
    with torch.no_grad():
        model(torch.rand(2, 3, 32, 32))
    return evaluation(model.eval())


@reported(
    "https://github.com/huggingface/pytorch-image-models/issues/515",
    "weights of a variant with gains on its residual branches, loaded with strict=False into the one without",
    "some tensors of the weights not loaded",
)
def timm_515(faulty: bool) -> Situation:
    model = drawn("test_convnext")
    for module in model.modules() if faulty else ():
        if hasattr(module, "gamma"):
            module.gamma = None
    state = checkpoint("test_convnext", "head.fc.")
    model.load_state_dict(state, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/sharif-apu/BJDD_CVPR21/issues/4",
    "running variances in the published weights are infinite or no numbers",
    "values that are not finite",
)
def bjdd_4(faulty: bool) -> Situation:
    state = checkpoint()
    if faulty:
        state["layer3.0.bn1.running_var"][::2] = float("nan")
    model = drawn()
    model.load_state_dict(state, strict=False)
    return training(model, weights=state)


@reported(
    "https://github.com/huggingface/pytorch-image-models/pull/2605",
    "the reset of LayerScale writes ones, whatever initial value was asked for",
    "scale of the residual branches",
)
def timm_2605(faulty: bool) -> Situation:
    model = drawn("test_vit", init_values=1e-5)
    for name, parameter in model.named_parameters():
        if name.endswith(("ls1.gamma", "ls2.gamma")):
            nn.init.constant_(parameter, 1.0 if faulty else 1e-5)
    return training(model, weights=False)


@reported(
    "https://github.com/lukemelas/EfficientNet-PyTorch/issues/206",
    "for images of one channel the pretrained first convolution is replaced by a random one",
    "some tensors of the weights not loaded",
)
def efficientnet_pytorch_206(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet")
    old = model.conv_stem
    model.conv_stem = nn.Conv2d(1, old.out_channels, old.kernel_size, old.stride, old.padding, bias=False)
    if not faulty:
        model.conv_stem.weight.data = old.weight.data.sum(dim=1, keepdim=True)
    grey = {"mean": (0.5,), "std": (0.25,)}
    images = normalised(pixels().float().mean(dim=1, keepdim=True).round(), grey)
    return training(model, images=images, expects=grey, weights=checkpoint("test_efficientnet", "classifier."))
