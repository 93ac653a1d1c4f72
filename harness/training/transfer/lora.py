"""LoRA: the head learns, and a low-rank change of every layer of the backbone."""

from __future__ import annotations

import importlib.util

import torch
from torch import nn

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import fine_tune

RANK = 8  # peft's own default, and so is an alpha of as much


def lora(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """peft puts two matrices of rank `transfer.rank` (8) beside each Linear, and where there is none, each convolution.

    The second matrix is zero at first, so that the model starts as it is without them; the first is drawn from a
    stream of its own. Their product counts `transfer.alpha` over the rank times; null is the rank, a factor of 1.

    Source: Hu et al., "LoRA" (2021), as peft has it; all Linear layers after Dettmers et al., "QLoRA" (2023).

    Raises:
        RequestError: peft is not installed.
        ImpossibleConfiguration: the backbone has no layer that can be adapted.
    """
    if importlib.util.find_spec("peft") is None:
        raise RequestError("transfer: lora needs peft: pip install 'model-creation-harness[lora]'")
    from peft import LoraConfig, inject_adapter_in_model

    rank = spec.transfer.rank or RANK
    adapted = _adapted(built.model, built.on_top, (spec.backbone.in_chans, spec.data.size, spec.data.size))
    if not adapted:
        raise ImpossibleConfiguration(f"transfer: {spec.backbone.name} has no layer that LoRA could adapt")
    config = LoraConfig(r=rank, lora_alpha=spec.transfer.alpha or rank, target_modules=adapted, bias="none")
    learns = {name: each.requires_grad for name, each in built.model.named_parameters()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream(spec, "adapters"))
        inject_adapter_in_model(config, built.model)
    adapters = [name for name, _ in built.model.named_parameters() if ".lora_" in name]
    heads = tuple(f"{head}." for head in built.on_top)
    kept = [name for name, learning in learns.items() if name.startswith(heads) and learning]
    for name, parameter in built.model.named_parameters():
        parameter.requires_grad_(name in {*adapters, *kept})
    facts = {"lora": {"rank": rank, "layers": len(adapted)}}
    return fine_tune(spec, built, images, device, begins=dict.fromkeys([*adapters, *kept], 0), facts=facts)


def _adapted(model: nn.Module, heads: tuple[str, ...], image: tuple[int, int, int]) -> list[str]:
    """Names of the Linear layers outside of the heads; of the convolutions that mix channels where there is none.

    A layer whose weight is used without a call of the layer, as some attention does, has no place for a change.
    """
    above = tuple(f"{head}." for head in heads)
    layers = [(name, each) for name, each in model.named_modules() if not f"{name}.".startswith(above)]
    called: set[str] = set()
    handles = [
        each.register_forward_pre_hook(lambda module, inputs, name=name: called.add(name)) for name, each in layers
    ]
    mode, device = model.training, next(model.parameters()).device
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            model.eval()(torch.zeros(1, *image, device=device))
    finally:
        model.train(mode)
        for handle in handles:
            handle.remove()
    linear = [name for name, each in layers if type(each) is nn.Linear and name in called]
    mixing = [name for name, each in layers if type(each) is nn.Conv2d and each.groups == 1 and name in called]
    return linear or mixing
