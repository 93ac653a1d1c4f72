"""A profile chooses groups, and never sets another group's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir

from harness.cli.compose import CONFIGURATION, plain
from harness.spec.identity import run_id
from harness.spec.paths import configuration_folder
from harness.spec.rules import faults
from harness.study.request import Request, parse

CONF = configuration_folder().absolute()
PROFILES = sorted(file.stem for file in (CONF / "profile").glob("*.yaml"))
OFFLINE = ("digits", "made")
GROUPS = ("resolution", "stem", "transforms", "regularization", "recipe", "metrics")


def composed(*overrides: str) -> Request:
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        config: dict[str, Any] = plain(compose(CONFIGURATION, overrides=list(overrides)))
    return parse(config)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_holds_nothing_but_choices_and_chooses_every_group(profile: str) -> None:
    content = yaml.safe_load((CONF / "profile" / f"{profile}.yaml").read_text())
    assert set(content) == {"defaults"}
    chosen = {key.removeprefix("override /"): option for entry in content["defaults"] for key, option in entry.items()}
    assert set(chosen) == set(GROUPS)
    assert all((CONF / group / f"{option}.yaml").is_file() for group, option in chosen.items())


@pytest.mark.parametrize("data", OFFLINE)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_data_set_keeps_its_own_values_under_every_profile(profile: str, data: str) -> None:
    found, alone = composed(f"profile={profile}", f"data={data}").spec, composed(f"data={data}").spec
    assert found.data == alone.data
    assert found.weights == alone.weights
    assert found.backbone == alone.backbone
    assert not list(faults(found))
    if data == "digits":
        assert found.transforms.name == "mild"  # a mirrored digit is no digit


@pytest.mark.parametrize("more", [(), ("data.domain=source", "data.samples=100")])
def test_the_generated_set_is_one_run_under_either_of_its_names(more: tuple[str, ...]) -> None:
    new, old = (composed("creation=swap_head", f"data={name}", *more).spec for name in ("synthetic", "made"))
    assert new == old
    assert run_id(new) == run_id(old)


def test_each_group_that_a_profile_chose_can_be_chosen_otherwise(tmp_path: Path) -> None:
    for part in ("train", "val"):
        (tmp_path / part).mkdir()
    folder = ["data=imagefolder", f"data.path={tmp_path}"]
    base = composed("profile=medical", *folder)
    assert (base.spec.data.size, base.spec.transforms.name, base.comparison.metric) == (
        512,
        "mild",
        "balanced_accuracy",
    )
    for override, read in (
        ("resolution=px96", lambda found: found.spec.data.size),
        ("transforms=crop_flip_augmented", lambda found: found.spec.transforms),
        ("regularization=library", lambda found: found.spec.regularization),
        ("recipe=large", lambda found: found.spec.recipe),
        ("stem=stride1", lambda found: found.spec.backbone.stride),
        ("metrics=auroc", lambda found: found.comparison.metric),
    ):
        other = composed("profile=medical", *folder, override)
        assert read(other) != read(base)
        different = [
            name for name in type(base.spec).model_fields if getattr(other.spec, name) != getattr(base.spec, name)
        ]
        assert len(different) == (0 if override.startswith("metrics") else 1)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("cifar", (32, "crop_flip", 9, 0.25)),
        ("imagenet", (224, "random_resized_crop", 7, 0.1)),
        ("medical", (512, "mild", None, None)),
    ],
)
def test_the_profiles_augment_as_their_fields_do(
    profile: str, expected: tuple[int, str, float | None, float | None], tmp_path: Path
) -> None:
    spec = composed(f"profile={profile}", "data=imagefolder", f"data.path={tmp_path}").spec
    steps = spec.transforms
    assert (spec.data.size, steps.name, steps.rand_augment, steps.random_erasing) == expected


def test_what_nobody_chose_keeps_its_id() -> None:
    """The plain profile is what runs without a profile have always been."""
    assert run_id(composed("data=made").spec) == run_id(composed("data=made", "transforms=crop_flip").spec)
    assert run_id(composed("data=made", "weights=none", "transforms=none").spec.model_copy()) == run_id(
        composed("profile=plain", "data=made", "weights=none", "transforms=none").spec
    )
