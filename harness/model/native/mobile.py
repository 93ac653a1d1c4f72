"""Networks of inverted residuals: MobileNet V1 and V2, EfficientNet."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from harness.model.native import Form, activation, otherwise


def family(model: Any, side: int) -> Form:
    """timm builds all of them as one class; their blocks tell which one it is."""
    if any(type(module).__name__ == "SqueezeExcite" for module in model.modules()):
        return efficientnet(model, side)
    if all(type(block).__name__ == "DepthwiseSeparableConv" for stage in model.blocks for block in stage):
        return mobilenet_v1(model, side)
    return mobilenet_v2(model, side)


def _padded(model: nn.Module) -> bool:
    """Whether convolutions are padded as TensorFlow pads them, by the size of what they are given."""
    return any("Same" in type(module).__name__ for module in model.modules())


def mobilenet_v1(model: Any, side: int) -> Form:
    """`MobileNetV1ForImageClassification`: a block is two of its layers, over the channels and over the pixels."""
    fields = {
        "depth_multiplier": _exit(model.blocks[-1][-1]).out_channels / 1024,
        "hidden_act": activation(model.bn1.act),
        "layer_norm_eps": model.bn1.eps,
        "tf_padding": _padded(model),
        "image_size": side,
    }
    rules = (
        (r"^(blocks\.\d+\.\d+)\.conv_dw\.", r"\1.1.convolution."),
        (r"^(blocks\.\d+\.\d+)\.bn1\.", r"\1.1.normalization."),
        (r"^(blocks\.\d+\.\d+)\.conv_pw\.", r"\1.2.convolution."),
        (r"^(blocks\.\d+\.\d+)\.bn2\.", r"\1.2.normalization."),
        (r"^blocks\.\d+\.\d+\.[12]", "mobilenet_v1.layer.#"),
        (r"^conv_stem\.", "mobilenet_v1.conv_stem.convolution."),
        (r"^bn1\.", "mobilenet_v1.conv_stem.normalization."),
    )
    return Form("mobilenet_v1", fields, rules)


def mobilenet_v2(model: Any, side: int) -> Form:
    """`MobileNetV2ForImageClassification`: its first block stands in the stem."""
    block = model.blocks[1][0]
    if not hasattr(block, "conv_dw"):
        raise otherwise(f"transformers' MobileNetV2 has no block like timm's {type(block).__name__}")
    fields = {
        "depth_multiplier": _exit(model.blocks[-1][-1]).out_channels / 320,
        "expand_ratio": block.conv_dw.in_channels / block.conv_pw.in_channels,
        "hidden_act": activation(model.bn1.act),
        "layer_norm_eps": model.bn1.eps,
        "tf_padding": _padded(model),
        "finegrained_output": True,
        "image_size": side,
    }
    stem, layer = "mobilenet_v2.conv_stem", r"mobilenet_v2.layer.[\1-1]"
    rules = (
        (r"^blocks\.\d+\.\d+\.", "blocks.#."),
        (r"^blocks\.0\.conv_dw\.", f"{stem}.conv_3x3.convolution."),
        (r"^blocks\.0\.bn1\.", f"{stem}.conv_3x3.normalization."),
        (r"^blocks\.0\.conv_pw\.", f"{stem}.reduce_1x1.convolution."),
        (r"^blocks\.0\.bn2\.", f"{stem}.reduce_1x1.normalization."),
        (r"^blocks\.(\d+)\.conv_pw\.", f"{layer}.expand_1x1.convolution."),
        (r"^blocks\.(\d+)\.bn1\.", f"{layer}.expand_1x1.normalization."),
        (r"^blocks\.(\d+)\.conv_dw\.", f"{layer}.conv_3x3.convolution."),
        (r"^blocks\.(\d+)\.bn2\.", f"{layer}.conv_3x3.normalization."),
        (r"^blocks\.(\d+)\.conv_pwl\.", f"{layer}.reduce_1x1.convolution."),
        (r"^blocks\.(\d+)\.bn3\.", f"{layer}.reduce_1x1.normalization."),
        (r"^conv_stem\.", f"{stem}.first_conv.convolution."),
        (r"^bn1\.", f"{stem}.first_conv.normalization."),
        (r"^conv_head\.", "mobilenet_v2.conv_1x1.convolution."),
        (r"^bn2\.", "mobilenet_v2.conv_1x1.normalization."),
    )
    return Form("mobilenet_v2", fields, rules)


def efficientnet(model: Any, side: int) -> Form:
    """`EfficientNetForImageClassification`, whose convolutions are padded for images of this side alone.

    Its stem pads right and below alone: TensorFlow's padding for an even side, and not timm's own. Where the maps have
    an odd side a block is one of `depthwise_padding`.
    """
    if not _padded(model):
        raise otherwise("transformers' EfficientNet pads as TensorFlow does (tf_...), and this one on all sides alike")
    stages = list(model.blocks)
    if not all(hasattr(block, "conv_dw") for stage in stages for block in stage):
        raise otherwise("transformers' EfficientNet has no blocks without depthwise convolutions")
    firsts = [stage[0] for stage in stages]
    fields = {
        "image_size": side,
        "width_coefficient": 1.0,
        "depth_coefficient": 1.0,
        "depth_divisor": 1,
        "in_channels": [_entry(first).in_channels for first in firsts],
        "out_channels": [_exit(first).out_channels for first in firsts],
        "kernel_sizes": [first.conv_dw.kernel_size[0] for first in firsts],
        "strides": [first.conv_dw.stride[0] for first in firsts],
        "num_block_repeats": [len(stage) for stage in stages],
        "expand_ratios": [first.conv_dw.in_channels // _entry(first).in_channels for first in firsts],
        "squeeze_expansion_ratio": firsts[0].se.conv_reduce.out_channels / _entry(firsts[0]).in_channels,
        "depthwise_padding": _odd(model, side),
        "hidden_dim": model.conv_head.out_channels,
        "hidden_act": activation(model.bn1.act),
        "batch_norm_eps": model.bn1.eps,
    }
    block = r"efficientnet.encoder.blocks.\1"
    rules = (
        (r"^blocks\.\d+\.\d+\.", "blocks.#."),
        (r"^blocks\.(\d+)\.se\.conv_", f"{block}.squeeze_excite."),
        *((rf"^blocks\.({'|'.join(_narrow(model))})\.{here}\.", f"{block}.{there}.") for here, there in NARROW),
        *((rf"^blocks\.(\d+)\.{here}\.", f"{block}.{there}.") for here, there in EXPANDING),
        (r"^conv_stem\.", "efficientnet.embeddings.convolution."),
        (r"^bn1\.", "efficientnet.embeddings.batchnorm."),
        (r"^conv_head\.", "efficientnet.encoder.top_conv."),
        (r"^bn2\.", "efficientnet.encoder.top_bn."),
    )
    return Form("efficientnet", fields, rules)


DEPTHWISE = ("depthwise_conv.depthwise_conv", "depthwise_conv.depthwise_norm")
PROJECTION = ("projection.project_conv", "projection.project_bn")
NARROW = tuple(zip(("conv_dw", "bn1", "conv_pw", "bn2"), (*DEPTHWISE, *PROJECTION), strict=True))
"""Blocks that do not widen."""
EXPANDING = tuple(
    zip(
        ("conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"),
        ("expansion.expand_conv", "expansion.expand_bn", *DEPTHWISE, *PROJECTION),
        strict=True,
    )
)


def _entry(block: Any) -> nn.Conv2d:
    layer: nn.Conv2d = block.conv_pw if hasattr(block, "conv_pwl") else block.conv_dw
    return layer


def _exit(block: Any) -> nn.Conv2d:
    layer: nn.Conv2d = block.conv_pwl if hasattr(block, "conv_pwl") else block.conv_pw
    return layer


def _narrow(model: Any) -> list[str]:
    blocks = [block for stage in model.blocks for block in stage]
    return [str(number) for number, block in enumerate(blocks) if not hasattr(block, "conv_pwl")]


def _odd(model: Any, side: int) -> list[int]:
    """The blocks that halve maps of an odd side."""
    found: list[int] = []
    blocks = [block for stage in model.blocks for block in stage]

    def look(number: int) -> Any:
        def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            if inputs[0].shape[-1] % 2:
                found.append(number)

        return note

    strided = [(number, block.conv_dw) for number, block in enumerate(blocks) if block.conv_dw.stride[0] > 1]
    handles = [layer.register_forward_pre_hook(look(number)) for number, layer in strided]
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, 3, side, side, dtype=next(model.parameters()).dtype))
    finally:
        for handle in handles:
            handle.remove()
        model.train(training)
    return found
