"""What learns, through which layers, and in which mode."""

from __future__ import annotations

import torch
from torch import nn

from harness.dev.foreign.material import (
    CLASSES,
    Situation,
    checkpoint,
    drawn,
    evaluation,
    labels,
    pretrained,
    reported,
    tensors,
    training,
)
from harness.dev.foreign.probe import WIDTH, Probe, frozen


@reported(
    "https://github.com/mbanani/probe3d/issues/9",
    "the features go through the transformer's blocks twice",
    "layers applied twice",
)
def probe3d_9(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    model.eval().requires_grad_(False)
    model.head.requires_grad_(True)
    if faulty:
        model.norm.register_forward_pre_hook(lambda norm, inputs: (model.blocks(inputs[0]),))
    return training(model, lr=1e-3, learns="head", weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/xiuqhou/Relation-DETR/issues/39",
    "wrapping the backbone as a feature extractor sets requires_grad anew: what was frozen learns",
    "backbone learns where the head alone was meant to",
)
def relation_detr_39(faulty: bool) -> Situation:
    model = frozen(pretrained())
    for name, parameter in model.named_parameters():
        if faulty and name.startswith(("conv1", "bn1", "layer1")):
            parameter.requires_grad = True
    return training(model, lr=1e-3, learns="head")


@reported(
    "https://github.com/ohhhyeahhh/SiamCAR/issues/18",
    "the layer between backbone and head is in none of the optimizer's groups",
    "parameters missing from the optimizer",
)
def siamcar_18(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet")
    parts = [
        model.conv_stem,
        model.bn1,
        model.blocks,
        model.classifier,
        *(() if faulty else (model.conv_head, model.bn2)),
    ]
    groups = [{"params": list(part.parameters())} for part in parts]
    weights = checkpoint("test_efficientnet", "classifier.")
    return training(model, optimizer=torch.optim.SGD(groups, lr=0.01, momentum=0.9), weights=weights,
                    recipe={"optimizer": "sgd", "lr": 0.01, "momentum": 0.9, "steps": 500})  # fmt: skip


@reported(
    "https://github.com/facebookresearch/mmf/pull/620",
    "the pooler was moved out of the classifier, and so out of the parameters given to the optimizer",
    "parameters missing from the optimizer",
)
def mmf_620(faulty: bool) -> Situation:
    model = pretrained("test_vit")
    model.fc_norm = nn.Sequential(nn.Linear(64, 64), nn.Tanh())
    held = [each for name, each in model.named_parameters() if not (faulty and name.startswith("fc_norm"))]
    return training(model, optimizer=torch.optim.AdamW(held, lr=3e-4), weights=checkpoint("test_vit", "head."))


@reported(
    "https://github.com/jfzhang95/pytorch-deeplab-xception/issues/140",
    "freeze_bn is undone by the next call of train()",
    "statistics of frozen norms move",
)
def deeplab_140(faulty: bool) -> Situation:
    return _norms_frozen("test_efficientnet", "classifier.", undone=faulty)


@reported(
    "https://github.com/poppinace/indexnet_matting/issues/35",
    "BatchNorm is put to eval mode once; net.train() before each epoch puts it back",
    "statistics of frozen norms move",
)
def indexnet_35(faulty: bool) -> Situation:
    return _norms_frozen("test_resnet", "fc.", undone=faulty)


def _norms_frozen(name: str, head: str, undone: bool) -> Situation:
    model = pretrained(name).train()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.eval().requires_grad_(False)
    model.train()
    for norm in norms:
        norm.train(undone)
    learning = frozenset(name for name, each in model.named_parameters() if each.requires_grad)
    return training(model, learns=learning, weights=checkpoint(name, head))


@reported(
    "https://github.com/ultralytics/ultralytics/pull/8753",
    "the first layers are frozen, their running statistics are not",
    "statistics of frozen norms move",
)
def ultralytics_8753(faulty: bool) -> Situation:
    model = pretrained().train()
    for stage in (model.conv1, model.bn1, model.layer1, model.layer2):
        stage.requires_grad_(False).train(faulty)
    learning = frozenset(name for name, each in model.named_parameters() if each.requires_grad)
    return training(model, learns=learning)


@reported(
    "https://github.com/pytorch/tutorials/issues/449",
    "the tutorial's feature extraction freezes by requires_grad alone, BatchNorm stays in train mode",
    "statistics of frozen norms move",
)
def tutorials_449(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet", 0)
    model.requires_grad_(False)
    model.classifier = nn.Linear(model.num_features, CLASSES)
    model.train(faulty)
    return training(model, lr=1e-3, learns="head", weights=checkpoint("test_efficientnet", "classifier."))


@reported(
    "https://github.com/PaulCCCCCCH/Robustar_implementation/pull/165",
    "the accuracy of a loaded model is that of a random one: model.eval is not called",
    "evaluated in train mode",
)
def robustar_165(faulty: bool) -> Situation:
    model = drawn("test_efficientnet", classes=50)
    state = checkpoint("test_efficientnet", "\0")
    model.load_state_dict(state)
    return evaluation(model.train(faulty), weights=state)


@reported(
    "https://github.com/Ipsedo/MARLClassification/issues/6",
    "inference on single images gives one class always: model.eval() is not called",
    "evaluated in train mode",
)
def marl_6(faulty: bool) -> Situation:
    situation = evaluation(pretrained(classes=None).train(faulty))
    situation.arguments |= {"images": situation.arguments["images"][:2], "labels": labels("source")[:2]}
    return situation


@reported(
    "https://github.com/spoonnotfound/pytorch_deephash/pull/21",
    "without net.eval() the result varies from test to test",
    "evaluated in train mode",
)
def deephash_21(faulty: bool) -> Situation:
    model = pretrained("test_vit", None, drop_rate=0.5).train(faulty)
    return evaluation(model, weights=checkpoint("test_vit", "\0"))


@reported(
    "https://github.com/tim-learn/SHOT/pull/9",
    "netF.eval() is written where netB.eval() was meant: BatchNorm of the second part stays in train mode",
    "evaluated in train mode",
)
def shot_9(faulty: bool) -> Situation:
    model = Probe()
    model.lin = nn.Sequential(nn.BatchNorm1d(WIDTH), nn.Linear(WIDTH, 50))  # type: ignore[assignment]
    with torch.no_grad():
        model.lin[1].weight.copy_(pretrained(classes=None).fc.weight)  # type: ignore[index]
    model.eval()
    model.lin.train(faulty)
    return evaluation(model, weights=tensors(model))
