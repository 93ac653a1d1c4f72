"""Whatever an image file holds is handled, or told by number and name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.data.describe import describe
from harness.data.load import load
from harness.data.open import open_source, source_faults
from harness.data.split import split
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.spec import Data, Spec

Build = Callable[..., Path]
TOP = Image.fromarray(np.concatenate([np.full((8, 16, 3), 250), np.full((8, 16, 3), 5)]).astype(np.uint8))


def spec(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "imagefolder", "path": path, "size": 16, **fields})


def add(path: Path, name: str, image: Image.Image, **options: object) -> None:
    image.save(path / "train" / "cat" / name, **options)


def test_every_kind_of_image_is_read_and_counted(build_folder: Build) -> None:
    path = build_folder()
    add(path, "grey.png", TOP.convert("L"))
    add(path, "deep.png", Image.fromarray(np.full((16, 16), 40_000, np.uint16)))
    add(path, "palette.png", TOP.convert("P"))
    add(path, "alpha.png", TOP.convert("RGBA"))
    add(path, "print.jpg", TOP.convert("CMYK"))
    add(path, "tiny.png", Image.new("RGB", (1, 1)))
    add(path, "moving.webp", TOP, save_all=True, append_images=[TOP.rotate(180)], lossless=True)
    request = spec(path)
    assert source_faults(request) == []
    dataset = load(request)
    stored = dataset.about["stored"]["train"]
    assert stored["modes"] == {"CMYK": 1, "I;16": 1, "L": 1, "P": 1, "RGB": 26, "RGBA": 1}
    assert stored["animated"] == {"count": 1, "images": ["train/cat/moving.webp"]}
    names = list(dataset.train.names or ())
    first_frame = dataset.train.pixels[names.index("train/cat/moving.webp")]
    assert first_frame[:, 0].min() > 200
    assert dataset.train.pixels[names.index("train/cat/deep.png")].unique().tolist() == [40_000 >> 8]


def test_turned_images_are_named_and_turned_on_request(build_folder: Build) -> None:
    path = build_folder()
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    add(path, "turned.png", TOP, exif=exif)
    stored, turned = load(spec(path)), load(spec(path, orientation="exif"))
    assert stored.about["stored"]["train"]["turned_by_exif"] == {"count": 1, "images": ["train/cat/turned.png"]}
    position = list(stored.train.names or ()).index("train/cat/turned.png")
    assert stored.train.pixels[position][:, 0].min() > 200
    assert turned.train.pixels[position][:, 0].max() < 50
    assert run_id(Spec(data=spec(path))) != run_id(Spec(data=spec(path, orientation="exif")))


def test_unreadable_images_are_left_out_on_request_and_never_in_silence(
    build_folder: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    path = build_folder()
    whole = path / "train" / "dog" / "train-dog03-0.png"
    whole.write_bytes(whole.read_bytes()[:300])
    (path / "val" / "cat" / "val-cat00-0.png").write_bytes(b"")
    with pytest.raises(RequestError, match=r"1 of 24 images cannot be read: train/dog/train-dog03-0\.png \("):
        load(spec(path))
    dataset = load(spec(path, unreadable="skip", groups=r"(\w+-[a-z]+\d+)-"))
    test = dataset.load_test()
    said = capsys.readouterr().err
    assert said.count("left out") == 2
    assert "train/dog/train-dog03-0.png" in said
    assert "val/cat/val-cat00-0.png" in said
    assert (len(dataset.train), len(test)) == (23, 23)
    assert "train/dog/train-dog03-0.png" not in (dataset.train.names or ())
    assert dataset.train.groups is not None
    assert len(dataset.train.groups) == 23
    block = describe(dataset, *split(dataset.train, 0.3, 0), test)
    assert block["stored"]["train"]["left_out"] == {"count": 1, "images": ["train/dog/train-dog03-0.png"]}
    assert block["stored"]["test"]["left_out"] == {"count": 1, "images": ["val/cat/val-cat00-0.png"]}
    assert source_faults(spec(path, unreadable="skip")) == []
    assert len(source_faults(spec(path))) == 2


def test_what_was_found_is_kept_by_content(build_folder: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    request = spec(build_folder(patients=5))
    assert source_faults(request) == []
    monkeypatch.setattr("harness.data.inspect._read", None)
    assert source_faults(request) == []


def test_equal_content_has_an_equal_stamp_and_a_part_another(build_folder: Build, tmp_path: Path) -> None:
    path = build_folder()
    whole = open_source(spec(path))
    path.rename(tmp_path / "elsewhere")
    moved, part = open_source(spec(tmp_path / "elsewhere")), open_source(spec(tmp_path / "elsewhere", samples=8))
    assert whole.train.stamp == moved.train.stamp
    assert len({whole.train.stamp, whole.test().stamp, part.train.stamp}) == 3
    assert part.test().stamp == whole.test().stamp


@pytest.mark.real
@pytest.mark.parametrize("name", ["cifar10", "flowers5", "chestxray"])
def test_real_images_are_all_readable(assets: Path, name: str) -> None:
    request = spec(assets / "images" / name)
    assert source_faults(request) == []
    source = open_source(request)
    assert set(source.train.labels) == set(source.test().labels) == set(range(len(source.classes)))
