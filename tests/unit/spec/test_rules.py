from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from harness.spec.rules import faults
from harness.spec.spec import Spec

PRINT = "0123456789abcdef"
PROBE = {"transfer": {"name": "linear_probe"}}
TWINS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "file without a path": (
        {"weights": {"name": "file"}},
        {"weights": {"name": "file", "fingerprint": PRINT}},
        "weights.path",
    ),
    "path without file": (
        {"weights": {"name": "none", "path": "x.pt", "fingerprint": PRINT}},
        {"weights": {"name": "file", "path": "x.pt", "fingerprint": PRINT}},
        "weights.path",
    ),
    "custom without a target": (
        {"creation": {"name": "custom"}},
        {"creation": {"name": "custom", "target": "mine.build", "fingerprint": PRINT}},
        "creation.target",
    ),
    "target without custom": (
        {"creation": {"name": "swap_head", "target": "mine.build", "fingerprint": PRINT}},
        {"creation": {"name": "custom", "target": "mine.build", "fingerprint": PRINT}},
        "creation.target",
    ),
    "kwargs without custom": (
        {"creation": {"name": "swap_head", "kwargs": {"a": 1}}},
        {"creation": {"name": "custom", "target": "m.f", "fingerprint": PRINT, "kwargs": {"a": 1}}},
        "creation.kwargs",
    ),
    "std without a scheme of that width": (
        {"init": {"name": "lecun_normal", "std": 0.01}},
        {"init": {"name": "normal", "std": 0.01}},
        "init.std",
    ),
    "rank without lora": (
        {"transfer": {"name": "bitfit", "rank": 4}},
        {"transfer": {"name": "lora", "rank": 4}},
        "transfer.rank",
    ),
    "imagefolder without a path": (
        {"data": {"name": "imagefolder"}},
        {"data": {"name": "imagefolder", "fingerprint": PRINT}},
        "data.path",
    ),
    "path without imagefolder": (
        {"data": {"name": "digits", "path": "pets", "fingerprint": PRINT}},
        {"data": {"name": "imagefolder", "path": "pets", "fingerprint": PRINT}},
        "data.path",
    ),
    "groups without imagefolder": (
        {"data": {"name": "made", "groups": r"\d+"}},
        {"data": {"name": "imagefolder", "fingerprint": PRINT, "groups": r"\d+"}},
        "data.groups",
    ),
    "domain without made": (
        {"data": {"name": "digits", "domain": "source"}},
        {"data": {"name": "made", "domain": "source"}},
        "data.domain",
    ),
    "torchvision without a set": (
        {"data": {"name": "torchvision"}},
        {"data": {"name": "torchvision", "set": "CIFAR10", "fingerprint": PRINT}},
        "data.set",
    ),
    "medmnist without a set": (
        {"data": {"name": "medmnist"}},
        {"data": {"name": "medmnist", "set": "pathmnist", "fingerprint": PRINT}},
        "data.set",
    ),
    "set beside a path": (
        {"data": {"name": "medmnist", "set": "pathmnist", "path": "x.npz", "fingerprint": PRINT}},
        {"data": {"name": "medmnist", "path": "x.npz", "fingerprint": PRINT}},
        "data.set",
    ),
    "stream without an end": (
        {"data": {"name": "huggingface", "set": "a/b", "fingerprint": PRINT, "stream": True}},
        {"data": {"name": "huggingface", "set": "a/b", "fingerprint": PRINT, "stream": True, "samples": 8}},
        "data.samples",
    ),
    **{
        f"{key} without a collection": (
            {"data": {"name": "made", key: value}},
            {"data": {"name": having, "set": "x", "fingerprint": PRINT, "samples": 8, key: value}},
            f"data.{key}",
        )
        for key, value, having in (
            ("root", "here", "torchvision"),
            ("download", True, "medmnist"),
            ("kwargs", {"size": 1}, "torchvision"),
            ("train_split", "train", "huggingface"),
            ("test_split", "val", "medmnist"),
            ("image_column", "image", "huggingface"),
            ("label_column", "label", "huggingface"),
            ("unreadable", "skip", "torchvision"),
            ("orientation", "exif", "torchvision"),
        )
    },
    "floor without an end": (
        {"recipe": {"schedule": "constant", "min_lr": 1e-05}},
        {"recipe": {"min_lr": 1e-05}},
        "recipe.min_lr",
    ),
    "floor above the peak": ({"recipe": {"min_lr": 0.001}}, {"recipe": {"min_lr": 0.0009}}, "recipe.min_lr"),
    "rate without decays": (
        {"recipe": {"decay_rate": 0.5}},
        {"recipe": {"schedule": "step", "decay_rate": 0.5}},
        "recipe.decay_rate",
    ),
    "interval without decays": (
        {"recipe": {"decay_epochs": 2}},
        {"recipe": {"schedule": "step", "decay_epochs": 2}},
        "recipe.decay_epochs",
    ),
    "interval longer than training": (
        {"recipe": {"schedule": "step", "decay_epochs": 5}},
        {"recipe": {"schedule": "step", "decay_epochs": 4.5}},
        "recipe.decay_epochs",
    ),
    "multistep without milestones": (
        {"recipe": {"schedule": "multistep"}},
        {"recipe": {"schedule": "multistep", "decay_milestones": [2]}},
        "recipe.decay_milestones",
    ),
    "milestones without multistep": (
        {"recipe": {"decay_milestones": [2]}},
        {"recipe": {"schedule": "multistep", "decay_milestones": [2]}},
        "recipe.decay_milestones",
    ),
    "milestones that fall": (
        {"recipe": {"schedule": "multistep", "decay_milestones": [3, 2]}},
        {"recipe": {"schedule": "multistep", "decay_milestones": [2, 3]}},
        "recipe.decay_milestones",
    ),
    "milestones after the end": (
        {"recipe": {"schedule": "multistep", "decay_milestones": [5]}},
        {"recipe": {"schedule": "multistep", "decay_milestones": [4.9]}},
        "recipe.decay_milestones",
    ),
    "milestones in the warm-up": (
        {"recipe": {"schedule": "multistep", "decay_milestones": [1], "warmup_epochs": 2}},
        {"recipe": {"schedule": "multistep", "decay_milestones": [2], "warmup_epochs": 2}},
        "recipe.decay_milestones",
    ),
    "patience without a plateau": (
        {"recipe": {"patience_epochs": 2}},
        {"recipe": {"schedule": "plateau", "patience_epochs": 2}},
        "recipe.patience_epochs",
    ),
    "plateau too late": (
        {"recipe": {"schedule": "plateau"}},
        {"recipe": {"schedule": "plateau", "patience_epochs": 0}},
        "recipe.patience_epochs",
    ),
    "power without poly": ({"recipe": {"power": 2.0}}, {"recipe": {"schedule": "poly", "power": 2.0}}, "recipe.power"),
    "groups without decay": (
        {"recipe": {"weight_decay_exclude_1d": False}},
        {"recipe": {"weight_decay_exclude_1d": False, "weight_decay": 0.1}},
        "recipe.weight_decay_exclude_1d",
    ),
    "uneven parts": (
        {"recipe": {"grad_accum_steps": 3}},
        {"recipe": {"grad_accum_steps": 4}},
        "recipe.grad_accum_steps",
    ),
    "probability of nothing": (
        {"recipe": {"mixup_prob": 0.5}},
        {"recipe": {"mixup_prob": 0.5, "cutmix": 1.0}},
        "recipe.mixup_prob",
    ),
    "switch to nothing": (
        {"recipe": {"mixup_switch_prob": 0.2, "mixup": 0.2}},
        {"recipe": {"mixup_switch_prob": 0.2, "mixup": 0.2, "cutmix": 1.0}},
        "recipe.mixup_switch_prob",
    ),
    "mode of no clipping": (
        {"recipe": {"clip_mode": "agc"}},
        {"recipe": {"clip_mode": "agc", "clip_grad": 0.01}},
        "recipe.clip_mode",
    ),
    "warm-up of no average": (
        {"recipe": {"ema_warmup": True}},
        {"recipe": {"ema_warmup": True, "ema_decay": 0.99}},
        "recipe.ema_warmup",
    ),
    "patience without end": (
        {"recipe": {"early_stopping": 5}},
        {"recipe": {"early_stopping": 4}},
        "recipe.early_stopping",
    ),
    "monitor of nothing": (
        {"recipe": {"monitor": "val_top1"}},
        {"recipe": {"monitor": "val_top1", "early_stopping": 2}},
        "recipe.monitor",
    ),
    **{
        f"{key} of features": ({**PROBE, "recipe": {key: 0.2}}, {"recipe": {key: 0.2}}, f"recipe.{key}")
        for key in ("mixup", "cutmix")
    },
    "agc on a head alone": (
        {**PROBE, "recipe": {"clip_grad": 0.01, "clip_mode": "agc"}},
        {**PROBE, "recipe": {"clip_grad": 0.01}},
        "recipe.clip_mode",
    ),
    "warm-up longer than training": (
        {"recipe": {"epochs": 2, "warmup_epochs": 2.5}},
        {"recipe": {"epochs": 2, "warmup_epochs": 2}},
        "recipe.warmup_epochs",
    ),
    **{
        f"{key} without its strategy": (
            {"transfer": {key: value}},
            {"transfer": {"name": name, key: value}, "recipe": {"epochs": 4}},
            f"transfer.{key}",
        )
        for name, key, value in (
            ("last_stages", "frozen", "train"),
            ("last_stages", "stages", 1),
            ("gradual_unfreezing", "phases", [0, 2, "all"]),
            ("gradual_unfreezing", "phase_epochs", 2),
            ("probe_then_tune", "probe_epochs", 1),
            ("layerwise_decay", "decay", 0.5),
            ("layerwise_decay", "lr_stem", 1e-5),
            ("layerwise_decay", "depth", "stages"),
            ("parameter_groups", "groups", {"blocks.0": 0.1}),
        )
    },
    "groups without patterns": (
        {"transfer": {"name": "parameter_groups"}},
        {"transfer": {"name": "parameter_groups", "groups": {"blocks.0": 0}}},
        "transfer.groups",
    ),
    "a mode for what is frozen, and nothing is": (
        {"transfer": {"name": "parameter_groups", "groups": {"blocks.0": 0.1}, "frozen": "train"}},
        {"transfer": {"name": "parameter_groups", "groups": {"blocks.0": 0}, "frozen": "train"}},
        "transfer.frozen",
    ),
    "two decays": (
        {"transfer": {"name": "layerwise_decay", "decay": 0.5, "lr_stem": 1e-5}},
        {"transfer": {"name": "layerwise_decay", "lr_stem": 1e-5}},
        "transfer.lr_stem",
    ),
    "a stem faster than the head": (
        {"transfer": {"name": "layerwise_decay", "lr_stem": 1e-2}},
        {"transfer": {"name": "layerwise_decay", "lr_stem": 1e-3}},
        "transfer.lr_stem",
    ),
    "a probe without a tuning": (
        {"transfer": {"name": "probe_then_tune"}, "recipe": {"epochs": 1}},
        {"transfer": {"name": "probe_then_tune"}, "recipe": {"epochs": 2}},
        "transfer.probe_epochs",
    ),
    "one phase that lasts": (
        {"transfer": {"name": "gradual_unfreezing", "phase_epochs": 5}},
        {"transfer": {"name": "gradual_unfreezing", "phase_epochs": 4}},
        "transfer.phase_epochs",
    ),
    "more phases than epochs": (
        {"transfer": {"name": "gradual_unfreezing", "phases": [0, 1, 2]}, "recipe": {"epochs": 2}},
        {"transfer": {"name": "gradual_unfreezing", "phases": [0, 1, 2]}, "recipe": {"epochs": 3}},
        "transfer.phases",
    ),
    "a phase that freezes again": (
        {"transfer": {"name": "gradual_unfreezing", "phases": ["all", 2]}},
        {"transfer": {"name": "gradual_unfreezing", "phases": [2, "all"]}},
        "transfer.phases",
    ),
    "statistics frozen twice": (
        {"transfer": {"name": "frozen_backbone", "batchnorm": "frozen"}},
        {"transfer": {"name": "frozen_backbone", "frozen": "train", "batchnorm": "frozen"}},
        "transfer.batchnorm",
    ),
    "adapted beside a strategy that chooses": (
        {"transfer": {"name": "last_stages", "batchnorm": "adapted"}},
        {"transfer": {"name": "layerwise_decay", "batchnorm": "adapted"}},
        "transfer.batchnorm",
    ),
    "a new BatchNorm in eval mode": (
        {"transfer": {"name": "linear_probe", "norm": "batch"}},
        {"transfer": {"name": "linear_probe", "norm": "batch", "batchnorm": "reestimated"}},
        "transfer.norm",
    ),
    "augmented probe": ({**PROBE, "transforms": {"name": "mild"}}, {"transforms": {"name": "mild"}}, "transforms"),
    **{
        f"probe with {rate}": (
            {**PROBE, "regularization": {rate: 0.1}},
            {"regularization": {rate: 0.1}},
            f"regularization.{rate}",
        )
        for rate in ("attn_drop_rate", "proj_drop_rate", "drop_path_rate")
    },
}


@pytest.mark.parametrize("name", TWINS)
def test_each_rule_finds_its_fault_and_nothing_else(name: str) -> None:
    bad, good, field = TWINS[name]
    assert [line.partition(":")[0] for line in faults(Spec.model_validate(bad))] == [field]
    assert list(faults(Spec.model_validate(good))) == []


def test_every_rule_has_its_twins() -> None:
    """All faults that there are, at once: as many as are broken, none hidden behind another."""
    broken = {
        "weights": {"name": "none", "path": "x.pt", "fingerprint": PRINT},
        "creation": {"name": "swap_head", "target": "m.f", "fingerprint": PRINT, "kwargs": {"a": 1}},
        "data": {"name": "digits", "path": "p", "fingerprint": PRINT, "groups": "x", "domain": "source"},
        "recipe": {"clip_mode": "agc", "warmup_epochs": 9},
        "transforms": {"name": "mild"},
        "regularization": {"attn_drop_rate": 0.1, "proj_drop_rate": 0.1, "drop_path_rate": 0.1},
        **PROBE,
    }
    assert len(list(faults(Spec.model_validate(broken)))) == 12


def test_a_probe_keeps_the_dropout_of_its_head() -> None:
    assert list(faults(Spec.model_validate({**PROBE, "regularization": {"drop_rate": 0.5}}))) == []


@pytest.mark.parametrize(
    ("group", "wrong", "right"),
    [
        ("creation", "swaphead", "swap_head"),
        ("creation", "create_modle", "create_model"),
        ("init", "zeroes", "zeros"),
        ("weights", "bundle", "bundled"),
        ("data", "digit", "digits"),
        ("transforms", "cropflip", "crop_flip"),
        ("transfer", "linearprobe", "linear_probe"),
    ],
)
def test_a_wrong_name_is_answered_with_the_close_one(group: str, wrong: str, right: str) -> None:
    with pytest.raises(ValidationError, match=rf"there is no '{wrong}'; did you mean .*{right}"):
        Spec.model_validate({group: {"name": wrong}})


@pytest.mark.parametrize(
    ("group", "key", "inside", "outside"),
    [
        ("recipe", "lr", 1e-9, 0),
        ("recipe", "epochs", 1, 0),
        ("recipe", "batch_size", 2, 1),
        ("recipe", "weight_decay", 0, -1e-3),
        ("recipe", "label_smoothing", 0.9, 1),
        ("recipe", "warmup_epochs", 0, -1),
        ("recipe", "lr", 1.0, float("nan")),
        ("recipe", "schedule", "poly", "polly"),
        ("recipe", "balance", "loss", "weights"),
        ("recipe", "ema_decay", 0.999, 1.0),
        ("recipe", "mixup_prob", 1.0, 0.0),
        ("recipe", "early_stopping", 1, 0),
        ("recipe", "grad_accum_steps", 1, 0),
        ("regularization", "drop_rate", 0.99, 1.0),
        ("regularization", "drop_path_rate", 0.0, -0.1),
        ("data", "size", 8, 7),
        ("data", "val_fraction", 0.5, 1.0),
        ("data", "classes", 2, 1),
        ("recipe", "lr", 1.0, "fast"),
    ],
)
def test_ranges(group: str, key: str, inside: Any, outside: Any) -> None:
    assert getattr(getattr(Spec.model_validate({group: {key: inside}}), group), key) == inside
    with pytest.raises(ValidationError):
        Spec.model_validate({group: {key: outside}})


@pytest.mark.parametrize("fields", [{"sed": 1}, {"recipe": {"learning_rate": 1}}, {"seed": -1}, {"seed": 2**31}])
def test_unknown_keys_and_seeds_out_of_range_are_errors(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Spec.model_validate(fields)


@pytest.mark.parametrize("group", ["weights", "data"])
def test_a_missing_path_is_named(group: str) -> None:
    name = {"weights": "file", "data": "imagefolder"}[group]
    with pytest.raises(ValidationError, match=rf"{group}\.path: no (file|folder) at .*nowhere"):
        Spec.model_validate({group: {"name": name, "path": "/nowhere"}})
