"""Deep grey keeps its levels: one scale for a whole data set, from its training part."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from harness.data.describe import describe
from harness.data.load import load, load_test
from harness.data.open import source_faults
from harness.data.shift.folder import folder as shifted_folder
from harness.data.split import split
from harness.diagnose.analyze.analysis import analyze
from harness.diagnose.analyze.formats import json as as_json
from harness.diagnose.analyze.notes import notes
from harness.diagnose.export.script import folder_faults
from harness.model.pretrained import Preprocessing
from harness.spec.errors import RequestError
from harness.spec.identity import canonical, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Data, Spec

Change = Callable[[npt.NDArray[np.uint16]], npt.NDArray[np.uint16]]
SIDE = 20
COUNT = 6


def spec(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "imagefolder", "path": path, "size": 16, **fields})


def grey(seed: int) -> npt.NDArray[np.uint16]:
    values = np.random.RandomState(seed).randint(0, 256, (SIDE, SIDE))
    values[0, :2] = 0, 255
    return values.astype(np.uint16)


def write(folder: Path, change: Change, ending: str = ".png", parts: tuple[str, ...] = ("train", "val")) -> Path:
    for part in parts:
        for name in ("cat", "dog"):
            (folder / part / name).mkdir(parents=True, exist_ok=True)
            for index in range(COUNT):
                values = change(grey(len(part) * 1000 + len(name) + ord(name[0]) * 10 + index))
                Image.fromarray(values).save(folder / part / name / f"{index}{ending}")
    return folder


def eight_bits(folder: Path) -> Path:
    return write(folder, lambda values: values.astype(np.uint8))


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize(("factor", "depth"), [(1, 8), (4, 10), (16, 12), (64, 14), (256, None), (257, None)])
def test_each_depth_has_the_pixels_of_eight_bits(tmp_path: Path, factor: int, depth: int | None, ending: str) -> None:
    plain = load(spec(eight_bits(tmp_path / "plain")))
    request = spec(write(tmp_path / "deep", lambda values: values * np.uint16(factor), ending))
    assert request.depth == depth
    deep = load(request, machine=Machine(cache=str(tmp_path / "cache")))
    assert torch.equal(deep.train.pixels, plain.train.pixels)
    assert torch.equal(deep.load_test().pixels, plain.load_test().pixels)
    assert torch.equal(load_test(request, "bicubic").pixels, plain.load_test().pixels)
    for squashed in (False, True):
        theirs = load_test(spec(tmp_path / "plain"), "bicubic", squash=squashed)
        assert torch.equal(load_test(request, "bicubic", squash=squashed).pixels, theirs.pixels)
    for position in range(3):
        whole = deep.train.stored(None)[position]
        assert np.array_equal(whole, plain.train.stored(None)[position])


def test_big_endian_tiff(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(16), ".tif")
    values = grey(1).astype(">u2") * 16
    Image.frombytes("I;16B", (SIDE, SIDE), values.astype(">u2").tobytes()).save(folder / "train" / "cat" / "0.tif")
    assert Image.open(folder / "train" / "cat" / "0.tif").mode == "I;16B"
    request = spec(folder)
    assert request.depth == 12
    first = load(request).train.stored(None)[0]
    assert np.array_equal(first[..., 0], grey(1).astype(np.uint8))


def test_the_scale_is_the_training_parts_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(4))
    write(folder, lambda values: values * np.uint16(16), parts=("val",))
    request = spec(folder)
    assert request.depth == 10
    dataset = load(request)
    dataset.load_test()
    assert dataset.about["intensity"] == {
        "depth": 10,
        "white": 1023,
        "train": {"images": 12, "highest": 1020},
        "test": {"images": 12, "highest": 4080, "clipped": 12},
    }
    assert (dataset.load_test().stored(None)[0] == 255).mean() > 0.6  # clipped, and not wrapped around


def test_own_validation_takes_no_part_in_the_scale(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(4), parts=("train", "test"))
    write(folder, lambda values: values * np.uint16(16), parts=("val",))
    assert spec(folder).depth == 10


def test_fewer_samples_and_classes_have_the_scale_of_the_whole(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: np.minimum(values * np.uint16(4), 900))
    Image.fromarray(grey(5) * np.uint16(16)).save(folder / "train" / "dog" / "9.png")
    assert spec(folder, samples=4).depth == spec(folder).depth == 12


def test_the_scale_can_be_set_and_is_part_of_the_identity(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(16))
    found, same, as_before = spec(folder), spec(folder, depth=12), spec(folder, depth=16)
    assert run_id(Spec(data=found)) == run_id(Spec(data=same)) != run_id(Spec(data=as_before))
    assert canonical(Spec(data=found))["data"]["depth"] == 12
    assert load(as_before).train.pixels.max() == 255 * 16 >> 8
    again = Spec.model_validate(Spec(data=found).model_dump(mode="json"))
    assert run_id(again) == run_id(Spec(data=found))


def test_eight_bits_and_full_sixteen_keep_the_identity_without_a_depth(tmp_path: Path) -> None:
    for folder in (eight_bits(tmp_path / "plain"), write(tmp_path / "full", lambda values: values * np.uint16(257))):
        request = spec(folder)
        assert (request.depth, request.reading) == (None, None)
        assert set(canonical(Spec(data=request))["data"]) == {"name", "size", "label", "fingerprint"}


def test_a_cache_of_other_pixels_is_not_served(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(16))
    machine = Machine(cache=str(tmp_path / "cache"))
    before = load(spec(folder, depth=16), machine=machine).train.pixels.clone()
    now = load(spec(folder), machine=machine).train.pixels
    assert before.max() < 16
    assert now.max() > 240


def test_the_record_and_the_analysis_tell_the_scale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(16))
    dataset = load(spec(folder))
    block = describe(dataset, *split(dataset.train, 0.5, 0), dataset.load_test())
    assert (block["intensity"]["depth"], block["intensity"]["white"]) == (12, 4095)
    line = (
        "12 training images are 16-bit grey with values up to 4,080; 4,095 (12 bits) is white in all parts (data.depth)"
    )
    assert f"data: {line}\n" in capsys.readouterr().err
    found = analyze(Spec(data=spec(folder)))
    assert f"{line}." in notes(found)
    assert '"white": 4095' in as_json(found)
    assert found.descriptions[0].mean[0] == pytest.approx(0.5, abs=0.05)


def test_one_bright_image_among_dark_ones_is_warned_of(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep", lambda values: values * np.uint16(16))
    Image.fromarray(grey(5) * np.uint16(257)).save(folder / "train" / "dog" / "9.png")
    assert spec(folder).depth is None
    [line] = [note for note in notes(analyze(Spec(data=spec(folder)))) if "training images use" in note]
    assert line.startswith("Warning: 12 training images use 12 of these 16 bits or fewer")


def test_a_deep_test_part_beside_a_plain_training_part_needs_a_word(tmp_path: Path) -> None:
    folder = eight_bits(tmp_path / "mixed")
    shutil.rmtree(folder / "val")
    write(folder, lambda values: values * np.uint16(16), parts=("val",))
    [fault] = source_faults(spec(folder))
    assert fault.startswith(
        "data.depth: 12 test images are 16-bit grey of which 12 bits are used, but no training image"
    )
    with pytest.raises(RequestError, match=r"data\.depth=12"):
        load(spec(folder)).load_test()
    assert source_faults(spec(folder, depth=12)) == []
    assert load(spec(folder, depth=12)).load_test().pixels.max() > 240


def colour_png(file: Path, values: npt.NDArray[np.uint16]) -> None:
    """A PNG of 16 bits a channel, which Pillow does not write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("factor", "refused"), [(16, True), (64, True), (257, False)])
def test_deep_colour_that_pillow_would_darken_is_refused(tmp_path: Path, factor: int, refused: bool) -> None:
    folder = eight_bits(tmp_path / "colour")
    for file in sorted(folder.rglob("*.png")):
        values = np.asarray(Image.open(file)).astype(np.uint16) * np.uint16(factor)
        colour_png(file, np.dstack([values, values, values]))
    told = source_faults(spec(folder))
    assert bool(told) == refused
    if refused:
        assert told[0].startswith("data: 12 training images have colour of 16 bits, of which 1")
        assert source_faults(spec(folder, depth=16)) == []


def test_a_shifted_test_part_has_the_scale_of_the_data(tmp_path: Path) -> None:
    path = write(tmp_path / "deep", lambda values: values * np.uint16(16))
    shutil.copytree(path / "val", tmp_path / "elsewhere")
    request = Spec.model_validate(
        {"data": spec(path).model_dump(), "shift": {"name": "folder", "path": tmp_path / "elsewhere"}}
    )
    dataset = load(request.data)
    [(_, images)] = list(shifted_folder(request, dataset, Preprocessing((0.5,) * 3, (0.5,) * 3, "bicubic")))
    assert torch.equal(images.pixels, dataset.load_test().pixels)
    assert request.shift.reading is None
    Image.fromarray(grey(1).astype(np.uint8)).save(tmp_path / "elsewhere" / "cat" / "one.gif")
    shutil.move(tmp_path / "elsewhere", tmp_path / "again")
    again = {**request.model_dump(), "shift": {"name": "folder", "path": tmp_path / "again"}}
    assert Spec.model_validate(again).shift.reading == "endings=.gif"


def test_an_exported_script_refuses_what_torchvision_reads_otherwise(tmp_path: Path) -> None:
    deep, plain = write(tmp_path / "deep", lambda values: values * np.uint16(257)), eight_bits(tmp_path / "plain")
    assert [fault.partition(";")[0] for fault in folder_faults(spec(deep))] == [
        "data.path: an exported script would clip 16-bit grey"
    ]
    assert list(folder_faults(spec(plain))) == []
    (plain / "val").rename(plain / "test")
    assert "this folder is read otherwise" in next(iter(folder_faults(spec(plain))))
