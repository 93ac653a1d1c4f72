"""What a data set is, told of one with every known fault; and choices that rest on the training part alone."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands.analyze import analyze as run_command
from harness.cli.requests import request, requests
from harness.diagnose.analyze.advise import command, override
from harness.diagnose.analyze.analysis import Analysis, analyze
from harness.diagnose.analyze.duplicates import NEAR
from harness.diagnose.analyze.notes import notes
from harness.diagnose.analyze.read import difference_hash, distances
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants
from harness.training.recipe.defaults import Recommendation

COUNTS = {"train": {"cat": 12, "dog": 4}, "val": {"cat": 3, "dog": 3}}
SIZE = (40, 30)


def scene(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """A smooth picture, unlike that of any other seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unequal classes with a broken file, exact and near copies within, across and under another label."""
    root, seed = tmp_path_factory.mktemp("data") / "pets", 0
    for part, classes in COUNTS.items():
        for name, count in classes.items():
            folder = root / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                seed += 1
                scene(seed).save(folder / f"patient{seed // 2:03d}-{number}.png")
    (root / "train" / "cat" / "patient900-0.png").write_bytes(b"no image")
    scene(1).save(root / "train" / "cat" / "patient901-0.png")
    scene(1).save(root / "train" / "cat" / "patient901-1.png")
    scene(2).save(root / "val" / "dog" / "patient902-0.png")
    scene(3, (80, 60)).save(root / "val" / "cat" / "patient903-0.jpg", quality=70)
    scene(4).convert("L").save(root / "train" / "dog" / "patient904-0.png")
    return root


def of(path: Path, *asked: str, **data: object) -> Analysis:
    return analyze(Spec.model_validate({"data": {"name": "imagefolder", "path": path, **data}}), asked)


@pytest.fixture(scope="module")
def found(faulty: Path) -> Analysis:
    return of(faulty)


def test_counts_sizes_and_modes(found: Analysis) -> None:
    train, test = found.descriptions
    assert found.classes == ("cat", "dog")
    assert (train.per_class, test.per_class) == ((14, 5), (4, 4))
    assert (train.images, test.images) == (19, 8)
    assert train.imbalance == pytest.approx(14 / 5)
    assert test.effective_classes == pytest.approx(2)
    shares = np.array([14, 5]) / 19
    assert train.effective_classes == pytest.approx(float(np.exp(-(shares * np.log(shares)).sum())))
    assert train.one_size
    assert not test.one_size
    assert train.modes == {"RGB": 18, "L": 1}
    assert (train.grey, test.grey) == (1, 0)


def test_channel_statistics_are_those_of_all_stored_pixels(found: Analysis, faulty: Path) -> None:
    files = sorted((faulty / "val").rglob("*.*g"))
    pixels = np.concatenate([np.asarray(Image.open(file).convert("RGB")).reshape(-1, 3) / 255 for file in files])
    assert found.descriptions[1].mean == pytest.approx(pixels.mean(0))
    assert found.descriptions[1].std == pytest.approx(pixels.std(0))


def test_what_cannot_be_read_is_counted_and_named(found: Analysis) -> None:
    assert list(found.descriptions[0].unreadable) == ["train/cat/patient900-0.png"]
    assert any("unreadable images in the train part: 1 " in note for note in notes(found))


def test_copies_are_found_within_across_and_under_another_label(found: Analysis) -> None:
    exact = {(pair.first[2], pair.second[2], pair.across, pair.conflict) for pair in found.duplicates.exact}
    first, second = "train/cat/patient000-0.png", "train/cat/patient001-1.png"
    assert exact == {
        (first, "train/cat/patient901-0.png", False, False),
        (first, "train/cat/patient901-1.png", False, False),
        (second, "val/dog/patient902-0.png", True, True),
    }
    near = {(pair.first[2], pair.second[2], pair.across) for pair in found.duplicates.near}
    assert ("train/cat/patient001-2.png", "val/cat/patient903-0.jpg", True) in near
    assert ("train/cat/patient002-3.png", "train/dog/patient904-0.png", False) in near
    assert len(near) == 2


def test_a_hash_stands_resizing_and_compression_and_tells_scenes_apart() -> None:
    hashes = np.array([difference_hash(scene(seed)) for seed in range(60)])
    resized = difference_hash(scene(0, (200, 150)))
    assert distances(resized, hashes)[0] <= NEAR < distances(resized, hashes)[1:].min()


def test_advice_never_looks_at_the_test_part(faulty: Path, tmp_path: Path) -> None:
    """With the test part's labels exchanged and most of its images gone, the same follows."""
    import shutil

    other = tmp_path / "pets"
    shutil.copytree(faulty / "train", other / "train")
    for name, source in (("cat", "dog"), ("dog", "cat")):
        (other / "val" / name).mkdir(parents=True)
        shutil.copy(sorted((faulty / "val" / source).glob("*.png"))[0], other / "val" / name)
    assert of(other).choices == of(faulty).choices


def test_patients_and_unequal_classes_are_noticed(found: Analysis) -> None:
    chosen = {choice.key: choice.value for choice in found.choices}
    assert chosen["data.groups"] == r"(patient\d+)"
    assert chosen["metrics"] == "balanced_accuracy"
    assert chosen["data.unreadable"] == "skip"
    assert chosen["profile"] == "cifar"
    assert all(choice.reason and choice.source for choice in found.choices)


def test_what_the_request_has_settled_is_not_advised(faulty: Path) -> None:
    keys = {choice.key for choice in of(faulty, "profile=medical", "data.size=64").choices}
    assert not {"profile", "data.size"} & keys


def test_the_command_that_follows_parses_plans_and_is_the_advice(faulty: Path) -> None:
    asked = ("data=imagefolder", f"data.path={faulty}")
    found = of(faulty, *asked)
    pasted = shlex.split(found.command)[1:]
    job = request(pasted)
    assert (job.spec.backbone.name, job.spec.weights.name, job.spec.data.size) == ("resnet18", "hub", 128)
    assert job.spec.data.groups == r"(patient\d+)"
    assert job.comparison.metric == "balanced_accuracy"
    # Planned in full, with the model built; weights cannot be fetched here, and one patient is in both parts.
    [planned] = requests([*pasted, "weights=none", "data.shared_groups=allow"])
    assert planned.spec.backbone == job.spec.backbone


@pytest.mark.parametrize(
    "value", [r"(person\d+|IM-\d+)", r"^(\d{8})_\d{3}", r"(?i)((?:p|q)[-_ ]?\d+)", "it's", True, 0.1]
)
def test_every_value_survives_the_shell_and_hydra(value: object) -> None:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    [_, word] = shlex.split(command((), [Recommendation("data.groups", value, "", "")]))
    [parsed] = OverridesParser.create().parse_overrides([word])
    assert str(parsed.value()) == str(value)
    assert word == override(Recommendation("data.groups", value, "", ""))


def test_json_is_standard_and_whole(found: Analysis) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    content = json.loads(load_variant("harness.diagnose.analyze.formats", "json")(found), parse_constant=refuse)
    assert content["parts"]["train"]["per_class"] == [14, 5]
    assert content["command"] == found.command
    assert sum(pair["across"] for pair in content["duplicates"]["exact"]) == 1


def test_the_page_holds_its_pictures_and_needs_nothing_else(found: Analysis) -> None:
    page = load_variant("harness.diagnose.analyze.formats", "html")(found)
    sources = re.findall(r'src="([^"]{0,30})', page)
    assert len(sources) == 6 + 5 + 2 * (3 + 2)
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "<script" not in page
    assert "http" not in page
    assert "labelled differently" in page


@pytest.mark.parametrize("form", variants("harness.diagnose.analyze.formats"))
def test_the_command_writes_every_form(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "deep" / f"page.{form}"
    assert run_command(["data=digits", f"format={form}", f"to={target}"]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    assert "1,257" in target.read_text() or "1257" in target.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["format=htm"], "html"),
        (["data=digits,made"], "2 jobs"),
        (["data=imagefolder"], "data.path"),
        (["data=imagefolder", "data.path=nowhere"], "no folder"),
        (["dat=digits"], "data"),
    ],
)
def test_a_wrong_request_is_told_in_a_line(arguments: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        run_command(arguments)


def test_a_part_without_a_readable_image_is_refused(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for name in ("a", "b"):
            folder = tmp_path / "broken" / part / name
            folder.mkdir(parents=True)
            (folder / "1.png").write_bytes(b"no image")
    with pytest.raises(RequestError, match="none of the 2 images of the train part"):
        of(tmp_path / "broken")


@pytest.mark.real
def test_the_real_sets_are_what_they_are(assets: Path) -> None:
    build: Callable[..., Analysis] = of
    xray = build(assets / "images" / "chestxray")
    chosen = {choice.key: choice.value for choice in xray.choices}
    assert (chosen["profile"], chosen["data.size"]) == ("medical", 160)
    assert chosen["data.groups"] == r"(person\d+|IM-\d+)"
    assert not [pair for pair in xray.duplicates.exact if pair.across]
    flowers = build(assets / "images" / "flowers5", samples=200)
    assert {choice.key: choice.value for choice in flowers.choices}["profile"] == "imagenet"
