"""A package's tensors stand under timm's names, one by one, and compute what their authors' own network computes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from torch import Tensor

from harness.model.build import build, find_weights
from harness.model.weights._naming import efficientnet_pytorch, renamed
from harness.spec.errors import RequestError
from harness.spec.packaged import TABLE, PackagedWeights, packaged_weights
from harness.spec.spec import Spec
from tests import libraries
from tests.libraries import METHODS
from tests.packaged import installed, needed

BLOCKS = {"tf_efficientnet_lite0": 16, "tf_efficientnet_lite1": 21, "tf_efficientnet_lite2": 21}
AUTHORS = {
    "tf_efficientnet_lite0": (-0.30358, -1.43652, -0.946, 0.9441, -0.96625, -1.77519, -1.56001, -0.56508),
    "tf_efficientnet_lite1": (0.44786, -0.84435, -0.41744, 0.25752, -0.6429, -2.19889, -0.71777, 0.28203),
    "tf_efficientnet_lite2": (-0.65235, 0.59405, -1.09639, 0.74818, -0.74446, -1.44428, -0.38494, -0.46877),
}
"""Every 125th logit for `waves`, as efficientnet-lite-pytorch 0.1.0, the authors' own network, computed it."""
SIDES = {"tf_efficientnet_lite0": 224, "tf_efficientnet_lite1": 240, "tf_efficientnet_lite2": 260}


def spec_of(architecture: str = "tf_efficientnet_lite0", **fields: object) -> Spec:
    return Spec.model_validate({"backbone": {"name": architecture}, "weights": {"name": "package"}, **fields})


def waves(side: int) -> Tensor:
    """An image [1, 3, side, side] that needs no file and no generator."""
    row, column = torch.linspace(0, 1, side).view(-1, 1), torch.linspace(0, 1, side).view(1, -1)
    channels = (torch.sin(9 * row + 4 * column), torch.cos(11 * row * column), torch.sin(7 * column - 3 * row))
    return torch.stack(channels)[None]


def authors_names(blocks: int) -> Iterator[str]:
    """The names of EfficientNet-PyTorch in the order in which its network computes."""

    def norm(name: str) -> Iterator[str]:
        yield from (
            f"{name}.{each}" for each in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        )

    yield "_conv_stem.weight"
    yield from norm("_bn0")
    for block in range(blocks):
        if block:
            yield f"_blocks.{block}._expand_conv.weight"
            yield from norm(f"_blocks.{block}._bn0")
        yield f"_blocks.{block}._depthwise_conv.weight"
        yield from norm(f"_blocks.{block}._bn1")
        yield f"_blocks.{block}._project_conv.weight"
        yield from norm(f"_blocks.{block}._bn2")
    yield "_conv_head.weight"
    yield from norm("_bn1")
    yield from ("_fc.weight", "_fc.bias")


def authors_state(architecture: str) -> dict[str, Tensor]:
    """A random network's tensors as the authors would save them: both lists are in the order of the computation."""
    state = timm.create_model(architecture).state_dict()
    return dict(zip(authors_names(BLOCKS[architecture]), state.values(), strict=True))


@pytest.mark.parametrize("architecture", BLOCKS)
def test_the_rule_leads_each_name_to_its_place(architecture: str) -> None:
    model = timm.create_model(architecture)
    names = efficientnet_pytorch(authors_state(architecture), model)
    assert [*names.values()] == [*model.state_dict()]


@pytest.mark.parametrize("fault", ["missing", "strange", "shape", "beyond"])
def test_what_does_not_fit_tensor_by_tensor_is_refused(fault: str) -> None:
    state = authors_state("tf_efficientnet_lite0")
    if fault == "missing":
        del state["_blocks.3._bn2.running_var"]
    elif fault == "strange":
        state["_blocks.3._se_reduce.weight"] = torch.zeros(1)
    elif fault == "beyond":
        state["_blocks.16._bn1.weight"] = torch.zeros(1)
    else:
        state["_fc.bias"] = torch.zeros(999)
    model = timm.create_model("tf_efficientnet_lite0")
    with pytest.raises(RequestError, match=r"^weights: some\.pth does not fit timm .*first: ") as error:
        renamed(state, efficientnet_pytorch(state, model), model, "some.pth")
    assert "\n" not in str(error.value)


def test_nothing_of_a_package_is_run_and_its_copy_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, state = io.BytesIO(), authors_state("tf_efficientnet_lite0")
    torch.save(state, content)
    installed(tmp_path, monkeypatch, content.getvalue())
    first = find_weights(spec_of())
    assert first.file is not None
    written = first.file.stat()
    again = find_weights(
        spec_of(
            creation={"name": "swap_head"}, data={"size": 64}, backbone={"name": "tf_efficientnet_lite0", "pool": "max"}
        )
    )
    assert again.file == first.file
    assert first.file.stat().st_mtime_ns == written.st_mtime_ns
    built = build(spec_of(), 7)
    assert torch.equal(built.model.state_dict()["conv_stem.weight"], state["_conv_stem.weight"])
    assert (first.source, first.label, first.num_classes) == ("package", "weights-carrier", 1000)
    assert first.fingerprint == packaged_weights("tf_efficientnet_lite0").sha256[:16]  # type: ignore[union-attr]


def test_a_copy_that_was_altered_is_not_taken_for_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    torch.save(authors_state("tf_efficientnet_lite0"), content)
    installed(tmp_path, monkeypatch, content.getvalue())
    copy = find_weights(spec_of()).file
    assert copy is not None
    tensors = safetensors.torch.load_file(copy)
    safetensors.torch.save_file({**tensors, "conv_stem.weight": tensors["conv_stem.weight"] + 1}, copy)
    with pytest.raises(RequestError, match=r"^weights: 1 of 245 backbone tensors did not come from weights-carrier"):
        build(spec_of(), 7)


@pytest.mark.parametrize("creation", METHODS)
def test_every_creation_method_starts_from_all_of_its_tensors(creation: str) -> None:
    needed(TABLE[0])
    libraries.needed(creation)
    built = build(spec_of(creation={"name": creation}), 7)
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    assert built.verification.expected > 200
    assert built.preprocessing.mean == (127 / 255,) * 3
    assert built.preprocessing.std == (128 / 255,) * 3
    assert built.model.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 7)


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.architecture)
def test_the_network_answers_as_that_of_the_weights_authors(known: PackagedWeights) -> None:
    needed(known)
    built = build(spec_of(known.architecture), 1000)
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    assert built.head_keys == (("classifier.weight", "classifier.bias"),)
    with torch.no_grad():
        logits = built.model.eval()(waves(SIDES[known.architecture]))[0]
    assert logits[::125].tolist() == pytest.approx(AUTHORS[known.architecture], abs=2e-3)
