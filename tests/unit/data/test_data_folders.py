"""Image folders as people keep them: links, hidden copies, unusual endings and names."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from timm.data.readers.reader_image_folder import find_images_and_targets
from torchvision.datasets import ImageFolder

from harness.data.folder import scan
from harness.data.load import load
from harness.data.open import source_faults
from harness.diagnose.analyze.analysis import analyze
from harness.diagnose.analyze.notes import notes
from harness.spec.identity import run_id
from harness.spec.spec import Data, Spec

Build = Callable[..., Path]


def spec(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "imagefolder", "path": path, "size": 16, **fields})


def names(path: Path, **fields: object) -> list[str]:
    return list(load(spec(path, **fields)).train.names or ())


def move_by_link(path: Path, count: int) -> None:
    """The first images of a class lie elsewhere, and a link leads there."""
    away = path.parent / "elsewhere" / "batch"
    away.mkdir(parents=True)
    for file in sorted((path / "train" / "dog").iterdir())[:count]:
        shutil.move(file, away / file.name)
    (path / "train" / "dog" / "batch").symlink_to(away)


def test_linked_folders_are_read_as_torchvision_and_timm_read_them(build_folder: Build) -> None:
    path = build_folder()
    move_by_link(path, 7)
    found = scan(spec(path)).train
    theirs = ImageFolder(str(path / "train"))
    assert len(found.paths) == 24
    assert sorted(map(str, found.paths)) == sorted(file for file, _ in theirs.samples)
    timm_files, classes = find_images_and_targets(str(path / "train"), types=[".png"])
    assert sorted(map(str, found.paths)) == sorted(file for file, _ in timm_files)
    assert scan(spec(path)).classes == tuple(theirs.classes) == ("cat", "dog")
    assert sorted(classes) == ["batch", "cat", "dog"]  # timm names a class by the innermost folder


def test_what_lies_behind_a_link_is_part_of_the_identity(build_folder: Build, tmp_path: Path) -> None:
    path = build_folder()
    before = spec(path).fingerprint
    move_by_link(path, 7)
    shutil.move(path, tmp_path / "moved")
    linked = spec(tmp_path / "moved").fingerprint
    first = next(iter(sorted((tmp_path / "elsewhere" / "batch").iterdir())))
    Image.new("RGB", (9, 9)).save(first)
    shutil.move(tmp_path / "moved", tmp_path / "again")
    assert len({before, linked, spec(tmp_path / "again").fingerprint}) == 3


def test_links_that_lead_back_or_nowhere_are_counted_and_told(
    build_folder: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    path = build_folder()
    (path / "train" / "cat" / "up").symlink_to(path / "train")
    (path / "val" / "dog" / "lost.png").symlink_to(path / "nothing.png")
    dataset = load(spec(path))
    assert (len(dataset.train), len(dataset.load_test())) == (24, 24)
    told = [
        "1 links below train/ lead back to a folder above and are not followed: train/cat/up",
        "1 links below val/ lead nowhere and are left out: val/dog/lost.png",
    ]
    assert dataset.about["notes"] == told
    assert [f"data: {line}" for line in told] == capsys.readouterr().err.splitlines()


def test_hidden_folders_and_what_archives_leave_are_no_images(build_folder: Build) -> None:
    path = build_folder()
    before = scan(spec(path))
    copies = path / "train" / "cat" / ".ipynb_checkpoints"
    copies.mkdir()
    shutil.copy(before.train.paths[0], copies / "train-cat00-0-checkpoint.png")
    for place in (path / "train", path / "val"):
        (place / "__MACOSX").mkdir()
        (place / "cat" / "Thumbs.db").write_bytes(b"small pictures")
    assert (scan(spec(path)).classes, scan(spec(path)).train.paths) == (("cat", "dog"), before.train.paths)
    assert scan(spec(path)).notes == ()
    assert ImageFolder(str(path / "train"), allow_empty=True).classes == ["__MACOSX", "cat", "dog"]


ENDINGS = {
    ".jfif": "JPEG",
    ".gif": "GIF",
    ".jpe": "JPEG",
    ".tga": "TGA",
    ".dib": "BMP",
    ".JPG": "JPEG",
    ".avif": "AVIF",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_pillow_reads_is_read(build_folder: Build, ending: str) -> None:
    path = build_folder()
    Image.new("RGB", (16, 16), (200, 10, 10)).save(path / "train" / "cat" / f"red{ending}", ENDINGS[ending])
    assert f"train/cat/red{ending}" in names(path)


def test_an_ending_beyond_the_common_ones_enters_the_identity(build_folder: Build) -> None:
    path = build_folder()
    picture = path / "train" / "cat" / "one.jfif"
    Image.new("RGB", (16, 16)).save(picture, "JPEG")
    request = spec(path)
    assert request.reading == "endings=.jfif"
    plain = request.model_copy(update={"reading": None})  # as this folder was identified while it was left out
    assert run_id(Spec(data=request)) != run_id(Spec(data=plain))


def test_common_endings_leave_the_identity_as_it_was(build_folder: Build) -> None:
    assert spec(build_folder()).reading is None


def test_files_that_are_no_images_are_counted_by_their_ending(
    build_folder: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    path = build_folder()
    for name in ("a.dcm", "b.DCM", "notes.txt", "scan"):
        (path / "train" / "dog" / name).write_bytes(b"no image")
    for name in ("film.mpg", "plot.eps", "page.pdf", "table.h5"):
        (path / "val" / "cat" / name).write_bytes(b"no image")
    shutil.copy(next((path / "train" / "cat").iterdir()), path / "train" / "stray.png")
    dataset = load(spec(path))
    assert dataset.about["notes"] == [
        "4 files below train/ are left out, as they are no images by their ending: .dcm 2, .txt 1, no ending 1",
        "1 images right in train/ are left out, as they lie in no class folder",
        "4 files below val/ are left out, as they are no images by their ending: .eps 1, .h5 1, .mpg 1, .pdf 1",
    ]
    assert capsys.readouterr().err.count("left out") == 3
    said = notes(analyze(Spec(data=spec(path))))
    assert (
        "4 files below train/ are left out, as they are no images by their ending: .dcm 2, .txt 1, no ending 1." in said
    )


def test_a_class_in_two_unicode_forms_is_one_class(build_folder: Build) -> None:
    path = build_folder(("caf\u00e9", "tea"))
    (path / "val" / "caf\u00e9").rename(path / "val" / unicodedata.normalize("NFD", "caf\u00e9"))
    dataset = load(spec(path))
    assert dataset.classes == ("caf\u00e9", "tea")
    assert dataset.load_test().labels.tolist() == [0] * 12 + [1] * 12
    assert "different Unicode forms" in dataset.about["notes"][0]


@pytest.mark.parametrize(
    ("other", "difference"), [("Cat", "case"), (" cat", "blanks"), ("CAT ", "case and blanks"), ("c  at", None)]
)
def test_a_class_spelled_in_two_ways_is_told_in_a_line(build_folder: Build, other: str, difference: str | None) -> None:
    path = build_folder()
    (path / "val" / "cat").rename(path / "val" / other)
    told = source_faults(spec(path))
    if difference is None:
        assert len(told) == 2
    else:
        assert told == [
            f"data.path: '{other}' in val/ and 'cat' in train/ differ in {difference} alone; spell them alike"
        ]


def test_two_classes_of_one_part_that_nobody_can_tell_apart_are_refused(build_folder: Build) -> None:
    path = build_folder()
    for part in ("train", "val"):
        shutil.copytree(path / part / "cat", path / part / "cat ")
    assert [fault.partition(";")[0] for fault in source_faults(spec(path))] == [
        f"data.path: {part}/ has two classes that look alike: 'cat' and 'cat '" for part in ("train", "val")
    ]


def test_names_that_are_no_utf_8(build_folder: Build, tmp_path: Path) -> None:
    path = build_folder()
    folder = os.fsencode(path / "train" / "cat")
    first = sorted(os.listdir(folder))[0]
    os.rename(os.path.join(folder, first), os.path.join(folder, b"R\xf6ntgen.png"))
    for part in ("train", "val"):
        place = os.fsencode(path / part)
        os.rename(os.path.join(place, b"dog"), os.path.join(place, b"h\xfcnd"))
    request = spec(path)
    assert source_faults(request) == []
    dataset = load(request)
    assert dataset.classes == ("cat", r"h\xfcnd")
    assert r"train/cat/R\xf6ntgen.png" in (dataset.train.names or ())
    assert hash(request) == hash(spec(path))
    whole = tmp_path / os.fsdecode(b"k\xf6rper")
    shutil.move(path, whole)
    moved = spec(whole)
    assert (moved.fingerprint, moved.label) == (request.fingerprint, r"k\xf6rper")
    assert run_id(Spec(data=moved)) != ""
    assert len(load(moved).train) == 24


def test_a_plain_folder_has_the_fingerprint_that_it_always_had(tmp_path: Path) -> None:
    for number, name in enumerate(("train/b/2.png", "train/a/1.jpg", "val/a/x/3.png", "train/b.txt", "SOURCE.txt")):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(bytes([number]) * 9)
    (tmp_path / "set" / "train" / "._2.png").write_bytes(b"hidden")
    assert spec(tmp_path / "set").fingerprint == "8b738be289a98b1b"


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "fingerprint"),
    [("cifar10", "59234b8482620194"), ("flowers5", "6cef2908829b24c6"), ("chestxray", "2bad7e2d96c6d275")],
)
def test_real_sets_keep_the_identity_that_committed_records_name(assets: Path, name: str, fingerprint: str) -> None:
    request = spec(assets / "images" / name)
    assert (request.fingerprint, request.depth, request.reading) == (fingerprint, None, None)


def test_the_pixels_of_a_plain_folder_are_in_the_order_of_their_paths(build_folder: Build) -> None:
    path = build_folder()
    (path / "train" / "cat" / "more").mkdir()
    shutil.copy(path / "train" / "dog" / "train-dog00-0.png", path / "train" / "cat" / "more" / "a.png")
    expected = sorted(file for file in (path / "train" / "cat").rglob("*") if file.is_file())
    assert list(scan(spec(path)).train.paths[:13]) == expected
    pixels = load(spec(path)).train.pixels
    assert np.array_equal(pixels[0].numpy(), pixels[13].numpy()) is (expected[0].name == "a.png")
