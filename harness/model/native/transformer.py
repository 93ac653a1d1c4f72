"""Vision transformers: ViT, DINOv2, DeiT with its teacher's token, BEiT, Swin."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from harness.model.native import Form, Rules, activation


def _block(here: str, there: str) -> Rules:
    """The layers of one block, alike in all of them."""
    return (
        (rf"{here}\.attn\.qkv\.", rf"{there}.attention.{{q,k,v}}_proj."),
        (rf"{here}\.attn\.proj\.", rf"{there}.attention.o_proj."),
        (rf"{here}\.norm1\.", rf"{there}.layernorm_before."),
        (rf"{here}\.norm2\.", rf"{there}.layernorm_after."),
        (rf"{here}\.mlp\.", rf"{there}.mlp."),
    )


def _around(name: str) -> Rules:
    return (
        (r"^cls_token", f"{name}.embeddings.cls_token"),
        (r"^dist_token", f"{name}.embeddings.distillation_token"),
        (r"^pos_embed", f"{name}.embeddings.position_embeddings"),
        (r"^patch_embed\.proj\.", f"{name}.embeddings.patch_embeddings.projection."),
        (r"^norm\.", f"{name}.layernorm."),
    )


def _fields(model: Any) -> dict[str, Any]:
    block = model.blocks[0]
    return {
        "hidden_size": model.embed_dim,
        "num_hidden_layers": len(model.blocks),
        "num_attention_heads": block.attn.num_heads,
        "intermediate_size": block.mlp.fc1.out_features,
        "hidden_act": activation(block.mlp.act),
        "layer_norm_eps": block.norm1.eps,
        "image_size": model.patch_embed.img_size[0],
        "patch_size": model.patch_embed.patch_size[0],
    }


def vit(model: Any, side: int) -> Form:
    """`ViTForImageClassification`: the class token's features go to the head. With a scale on each layer: DINOv2."""
    if not isinstance(model.blocks[0].ls1, nn.Identity):
        return dinov2(model, side)
    fields = {**_fields(model), "qkv_bias": model.blocks[0].attn.qkv.bias is not None}
    rules = (*_block(r"^blocks\.(\d+)", r"vit.layers.\1"), *_around("vit"), (r"^head\.", "classifier."))
    return Form("vit", fields, rules)


def dinov2(model: Any, side: int) -> Form:
    """`Dinov2ForImageClassification`: its head is given the class token beside the mean over the patches."""
    hidden = model.blocks[0].mlp.fc1
    fields = {
        **_fields(model),
        "qkv_bias": model.blocks[0].attn.qkv.bias is not None,
        "mlp_ratio": hidden.out_features // hidden.in_features,
        "use_mask_token": False,
    }
    del fields["intermediate_size"]
    there = r"dinov2.encoder.layer.\1"
    rules = (
        (r"^blocks\.(\d+)\.ls([12])\.gamma", rf"{there}.layer_scale\2.lambda1"),
        (r"^blocks\.(\d+)\.norm([12])\.", rf"{there}.norm\2."),
        *_block(r"^blocks\.(\d+)", there),
        *_around("dinov2"),
    )
    return Form("dinov2", fields, rules, pooled=_class_and_mean)


def _class_and_mean(tokens: Tensor) -> Tensor:
    return torch.cat([tokens[:, 0], tokens[:, 1:].mean(dim=1)], dim=1)


def deit(model: Any, side: int) -> Form:
    """`DeiTForImageClassificationWithTeacher`: two tokens, two heads."""
    fields = {**_fields(model), "qkv_bias": model.blocks[0].attn.qkv.bias is not None}
    rules = (
        *_block(r"^blocks\.(\d+)", r"deit.layers.\1"),
        *_around("deit"),
        (r"^head\.", "cls_classifier."),
        (r"^head_dist\.", "distillation_classifier."),
    )
    return Form("deit", fields, rules, "DeiTForImageClassificationWithTeacher")


def beit(model: Any, side: int) -> Form:
    """`BeitForImageClassification`: positions relative to one another in every block, the mean over patches pooled."""
    block = model.blocks[0]
    fields = {
        **_fields(model),
        "use_relative_position_bias": block.attn.relative_position_bias_table is not None,
        "use_shared_relative_position_bias": model.rel_pos_bias is not None,
        "use_absolute_position_embeddings": model.pos_embed is not None,
        "layer_scale_init_value": 0.0 if block.gamma_1 is None else 0.1,
        "use_mean_pooling": not isinstance(model.fc_norm, nn.Identity),
    }
    there = r"beit.layers.\1"
    rules = (
        (r"^blocks\.(\d+)\.gamma_([12])", rf"{there}.lambda_\2"),
        (r"^blocks\.(\d+)\.attn\.([qv])_bias", rf"{there}.attention.\2_proj.bias"),
        (r"^blocks\.(\d+)\.attn\.(relative_position_bias_table)", rf"{there}.relative_position_bias.\2"),
        *_block(r"^blocks\.(\d+)", there),
        *_around("beit"),
        (r"^fc_norm\.", "beit.pooler.layernorm."),
        (r"^head\.", "classifier."),
    )
    return Form("beit", fields, rules)


def swin(model: Any, side: int) -> Form:
    """`SwinForImageClassification`: what halves the sides ends a stage there, and begins the next one in timm."""
    block = model.layers[0].blocks[0]
    fields = {
        "image_size": model.patch_embed.img_size[0],
        "patch_size": model.patch_embed.patch_size[0],
        "embed_dim": model.embed_dim,
        "depths": [len(layer.blocks) for layer in model.layers],
        "num_heads": [layer.blocks[0].attn.num_heads for layer in model.layers],
        "window_size": block.window_size[0],
        "mlp_ratio": block.mlp.fc1.out_features / block.mlp.fc1.in_features,
        "qkv_bias": block.attn.qkv.bias is not None,
        "hidden_act": activation(block.mlp.act),
        "layer_norm_eps": block.norm1.eps,
    }
    here, there = r"^layers\.(\d+)\.blocks\.(\d+)", r"swin.encoder.layers.\1.blocks.\2"
    rules = (
        (rf"{here}\.attn\.(relative_position_bias_table)", rf"{there}.attention.relative_position_bias.\3"),
        *_block(here, there),
        (r"^layers\.(\d+)\.downsample\.", r"swin.encoder.layers.[\1-1].downsample."),
        (r"^patch_embed\.proj\.", "swin.embeddings.patch_embeddings.projection."),
        (r"^patch_embed\.norm\.", "swin.embeddings.norm."),
        (r"^norm\.", "swin.layernorm."),
        (r"^head\.fc\.", "classifier."),
    )
    return Form("swin", fields, rules)
