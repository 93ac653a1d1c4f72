"""Residual networks of convolutions: ResNet, RegNet, ConvNeXt and ConvNeXt V2."""

from __future__ import annotations

from typing import Any

from torch import nn

from harness.model.native import Form, activation, otherwise

NORMALISED = (
    (r"\.conv\.(weight|bias)$", r".convolution.\1"),
    (r"\.bn\.", ".normalization."),
)
"""A convolution and its BatchNorm, as RegNet's have them in timm."""


def resnet(model: Any, side: int) -> Form:
    """`ResNetForImageClassification`: a stem of one convolution of seven pixels, and one kind of block."""
    stages = [model.layer1, model.layer2, model.layer3, model.layer4]
    block = stages[0][0]
    if not isinstance(model.conv1, nn.Conv2d):
        raise otherwise("the stem of transformers' ResNet is one convolution of seven pixels, and here it is several")
    if len({type(each) for stage in stages for each in stage}) > 1:
        raise otherwise("the blocks of transformers' ResNet are all of one kind, and here of several")
    bottleneck = hasattr(block, "conv3")
    fields = {
        "embedding_size": model.bn1.num_features,
        "hidden_sizes": [stage[-1].bn3.num_features if bottleneck else stage[-1].bn2.num_features for stage in stages],
        "depths": [len(stage) for stage in stages],
        "layer_type": "bottleneck" if bottleneck else "basic",
        "hidden_act": activation(block.act1),
    }
    there = r"resnet.encoder.stages.[\1-1].layers.\2"
    rules = (
        (r"^layer(\d)\.(\d+)\.conv(\d)\.", rf"{there}.layer.[\3-1].convolution."),
        (r"^layer(\d)\.(\d+)\.bn(\d)\.", rf"{there}.layer.[\3-1].normalization."),
        (r"^layer(\d)\.(\d+)\.downsample\.0\.", rf"{there}.shortcut.convolution."),
        (r"^layer(\d)\.(\d+)\.downsample\.1\.", rf"{there}.shortcut.normalization."),
        (r"^conv1\.(weight)", r"resnet.embedder.embedder.convolution.\1"),
        (r"^bn1\.", "resnet.embedder.embedder.normalization."),
        (r"^fc\.", "classifier.1."),
    )
    return Form("resnet", fields, rules)


def regnet(model: Any, side: int) -> Form:
    """`RegNetForImageClassification`: X, or Y where channels are weighed by squeeze and excitation."""
    stages = [model.s1, model.s2, model.s3, model.s4]
    block = stages[0].b1
    weighed = hasattr(block.se, "fc1")
    fields = {
        "embedding_size": model.stem.conv.out_channels,
        "hidden_sizes": [stage.b1.conv3.conv.out_channels for stage in stages],
        "depths": [len(list(stage.children())) for stage in stages],
        "groups_width": block.conv2.conv.weight.shape[1],
        "layer_type": "y" if weighed else "x",
        "hidden_act": activation(block.act3),
    }
    there = r"regnet.encoder.stages.[\1-1].layers.[\2-1]"
    last = "3" if weighed else "2"
    rules = (
        (r"^s(\d)\.b(\d+)\.conv3\.", rf"{there}.layer.{last}."),
        (r"^s(\d)\.b(\d+)\.conv(\d)\.", rf"{there}.layer.[\3-1]."),
        (r"^s(\d)\.b(\d+)\.se\.fc1\.", rf"{there}.layer.2.attention.0."),
        (r"^s(\d)\.b(\d+)\.se\.fc2\.", rf"{there}.layer.2.attention.2."),
        (r"^s(\d)\.b(\d+)\.downsample\.", rf"{there}.shortcut."),
        (r"^stem\.", "regnet.embedder.embedder."),
        *NORMALISED,
        (r"^head\.fc\.", "classifier.1."),
    )
    return Form("regnet", fields, rules)


EPS = 1e-6
"""Written into transformers' code; `layer_norm_eps` is that of the last norm alone."""


def convnext(model: Any, side: int) -> Form:
    """`ConvNextForImageClassification`, or `ConvNextV2...` where responses are normalised (GRN)."""
    block = model.stages[0].blocks[0]
    second = any(name.endswith("mlp.grn.weight") for name in model.state_dict())
    name = "convnextv2" if second else "convnext"
    if block.norm.eps != EPS:
        raise otherwise(f"the eps of transformers' ConvNeXt is {EPS} in its blocks, and here {block.norm.eps}")
    fields = {
        "patch_size": model.stem[0].stride[0],
        "hidden_sizes": [stage.blocks[0].conv_dw.out_channels for stage in model.stages],
        "depths": [len(stage.blocks) for stage in model.stages],
        "hidden_act": activation(block.mlp.act),
        "layer_norm_eps": model.head.norm.eps,
    }
    if not second:
        fields["layer_scale_init_value"] = 0.0 if block.gamma is None else 1e-6
    there = rf"{name}.encoder.stages.\1.layers.\2"
    rules = (
        (r"^stages\.(\d)\.blocks\.(\d+)\.gamma", rf"{there}.layer_scale_parameter"),
        (r"^stages\.(\d)\.blocks\.(\d+)\.conv_dw\.", rf"{there}.dwconv."),
        (r"^stages\.(\d)\.blocks\.(\d+)\.norm\.", rf"{there}.layernorm."),
        (r"^stages\.(\d)\.blocks\.(\d+)\.mlp\.fc([12])\.", rf"{there}.pwconv\3."),
        (r"^stages\.(\d)\.blocks\.(\d+)\.mlp\.grn\.", rf"{there}.grn."),
        (r"^stages\.(\d)\.downsample\.", rf"{name}.encoder.stages.\1.downsampling_layer."),
        (r"^stem\.0\.", f"{name}.embeddings.patch_embeddings."),
        (r"^stem\.1\.", f"{name}.embeddings.layernorm."),
        (r"^head\.norm\.", f"{name}.layernorm."),
        (r"^head\.fc\.", "classifier."),
    )
    return Form(name, fields, rules)
