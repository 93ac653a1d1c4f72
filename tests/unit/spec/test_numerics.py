"""A change of numbers gives new ids to the specs that it concerns, and to no other."""

from __future__ import annotations

from typing import Any

import pytest

from harness.spec import identity
from harness.spec.identity import configuration_id, identify, run_id
from harness.spec.spec import Spec, in_force

NONE: dict[str, Any] = {"weights": {"name": "none"}}
PROBE = Spec.model_validate({**NONE, "transfer": {"name": "linear_probe"}})
FULL = Spec.model_validate(NONE)
RATE = {"regularization": {"drop_rate": 0.2}}


def test_a_change_concerns_only_the_specs_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {spec.transfer.name: (run_id(spec), configuration_id(spec), identify(spec)) for spec in (PROBE, FULL)}
    change = identity.Change("probes do otherwise", lambda spec: spec.transfer.name == "linear_probe")
    monkeypatch.setattr(identity, "CHANGES", (*identity.CHANGES, change))
    assert identity.numerics(PROBE) == identity.numerics(FULL) + 1
    assert (run_id(FULL), configuration_id(FULL), identify(FULL)) == before["full"]
    assert run_id(PROBE) != before["linear_probe"][0]
    assert configuration_id(PROBE) != before["linear_probe"][1]
    assert identify(PROBE) == (run_id(PROBE), configuration_id(PROBE))


def test_a_hybrid_is_made_by_both_its_ends() -> None:
    to = {**NONE, "creation": {"name": "checkpoint_path"}}
    hybrid = Spec.model_validate({**NONE, "bridge": {"to": to, "takes": ["head_scale"]}})
    assert [end.creation.name for end in identity.made_by(hybrid)] == ["create_model", "checkpoint_path"]
    assert identity.made_by(FULL) == (FULL,)


FILE = {"weights": {"name": "file", "label": "mine", "fingerprint": "0123456789abcdef"}}


@pytest.mark.parametrize(
    ("fields", "raised"),
    [
        ({**FILE, "creation": {"name": "checkpoint_path"}}, 1),
        ({**FILE, "creation": {"name": "load_state_dict"}}, 1),
        ({**FILE, "creation": {"name": "swap_head"}, "backbone": {"name": "resnet18", "library": "torchvision"}}, 1),
        ({**NONE, "bridge": {"to": {**FILE, "creation": {"name": "checkpoint_path"}}, "takes": ["head_scale"]}}, 1),
        (FILE, 0),
        ({**FILE, "creation": {"name": "swap_head"}}, 0),
        ({"creation": {"name": "checkpoint_path"}}, 1),
        ({"creation": {"name": "load_state_dict"}}, 0),
    ],
    ids=str,
)
def test_weights_files_that_were_read_by_hand_are_read_anew(fields: dict[str, Any], raised: int) -> None:
    """By timm's overlay they were always read as timm reads them, and bundled files hold nothing but a state dict."""
    assert identity.numerics(Spec.model_validate(fields)) == identity.BASE + raised


@pytest.mark.parametrize(
    ("architecture", "weights", "kwargs", "changed"),
    [
        ("googlenet", "file", {}, True),
        ("inception_v3", "file", {}, True),
        ("inception_v3", "file", {"transform_input": False}, False),
        ("googlenet", "none", {}, False),
        ("googlenet", "torchvision", {}, False),
        ("resnet18", "file", {}, False),
    ],
)
def test_runs_of_a_network_whose_input_was_not_transformed_have_new_ids(
    architecture: str, weights: str, kwargs: dict[str, Any], changed: bool
) -> None:
    spec = Spec.model_validate(
        {
            "backbone": {"name": architecture, "library": "torchvision", "kwargs": kwargs},
            "weights": {"name": weights} | ({"label": "mine", "fingerprint": "01"} if weights == "file" else {}),
        }
    )
    [change] = [each for each in identity.CHANGES if each.since.startswith("GoogLeNet")]
    assert change.concerns(spec) is changed
    timms = spec.model_copy(update={"backbone": spec.backbone.model_copy(update={"library": "timm"})})
    assert not change.concerns(timms)


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({}, 1),
        (RATE, 1),
        ({**RATE, "creation": {"name": "swap_head"}}, 1),
        ({**RATE, "creation": {"name": "dropout_lost"}}, 2),
        ({"creation": {"name": "dropout_lost"}}, 1),
        ({"backbone": {"name": "mobilenet_v2", "library": "torchvision"}}, 2),
        ({"backbone": {"name": "ghostnet_100"}}, 2),
        ({"backbone": {"kwargs": {"drop_rate": 0.2}}}, 2),
        ({"creation": {"name": "custom", "target": "mine.build", "fingerprint": "0"}}, 2),
        ({"bridge": {"to": {**NONE, **RATE}, "takes": ["dropout"]}}, 2),
    ],
    ids=str,
)
def test_probes_whose_model_drops_otherwise_than_asked_are_new(fields: dict[str, Any], number: int) -> None:
    probe = {**NONE, **fields, "transfer": {"name": "linear_probe"}}
    assert identity.numerics(Spec.model_validate(probe)) == number
    assert identity.numerics(Spec.model_validate({**probe, "transfer": {"name": "full"}})) == 1


@pytest.mark.parametrize(
    ("rates", "takes", "changed"),
    [
        ({"drop_rate": 0.2, "drop_path_rate": 0.2}, ["dropout"], True),
        ({"drop_rate": 0.2, "drop_path_rate": 0.2}, ["head_scale"], False),
        ({"drop_rate": 0.2, "drop_path_rate": 0.0}, ["dropout"], False),
        ({"drop_rate": 0.2}, ["dropout"], False),
    ],
    ids=str,
)
def test_hybrids_that_took_stochastic_depth_with_dropout_are_new(
    rates: dict[str, float], takes: list[str], changed: bool
) -> None:
    hybrid = Spec.model_validate({**NONE, "bridge": {"to": {**NONE, "regularization": rates}, "takes": takes}})
    assert identity.numerics(hybrid) == identity.BASE + changed
    paths = in_force(hybrid).regularization.drop_path_rate
    assert paths is None
