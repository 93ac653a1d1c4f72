"""Whatever is wrong with medical images or with what is said of them: one line each, before anything is trained."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom")

from pydicom.uid import MPEG4HP41, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless  # noqa: E402

from .dicom_files import PERSON, archive, faults, tabled  # noqa: E402

Change = Callable[[Path], None]
FIRST = Path("train", "clear", "000.dcm")
"""The one training file that is spoilt."""


def spoil(**elements: Any) -> Change:
    """One training file with other elements."""

    def change(folder: Path) -> None:
        held = pydicom.dcmread(folder / FIRST)
        for keyword, value in elements.items():
            if value is None:
                delattr(held, keyword)
            else:
                setattr(held, keyword, value)
        held.save_as(folder / FIRST)

    return change


def everywhere(**elements: Any) -> Change:
    """All files with other elements."""

    def change(folder: Path) -> None:
        for file in folder.rglob("*.dcm"):
            held = pydicom.dcmread(file)
            for keyword, value in elements.items():
                setattr(held, keyword, value)
            held.save_as(file)

    return change


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(folder: Path) -> None:
        for each in changes:
            each(folder)

    return change


def no_syntax(folder: Path) -> None:
    """One training file that does not say how its pixels are stored."""
    held = pydicom.dcmread(folder / FIRST)
    del held.file_meta.TransferSyntaxUID
    held.save_as(folder / FIRST, enforce_file_format=False)


def one_part(folder: Path) -> None:
    """A training part alone."""
    shutil.rmtree(folder / "val")


def no_bytes(folder: Path) -> None:
    """One training file of nothing."""
    (folder / FIRST).write_bytes(b"")


def shared(folder: Path) -> None:
    """A patient of the training part with a file in the test part."""
    held = pydicom.dcmread(folder / "val" / "clear" / "000.dcm")
    held.PatientID = "train-clear-0"
    held.save_as(folder / "val" / "clear" / "000.dcm")


def resaved(syntax: str) -> Change:
    """One training file that says it is of another transfer syntax."""

    def change(folder: Path) -> None:
        held = pydicom.dcmread(folder / FIRST)
        held.PixelData = pydicom.encaps.encapsulate([bytes(held.PixelData)])
        held.file_meta.TransferSyntaxUID = syntax
        held.save_as(folder / FIRST)

    return change


def torn(folder: Path) -> None:
    """One training file that ends too early."""
    file = folder / FIRST
    file.write_bytes(file.read_bytes()[:-100])


def text(folder: Path) -> None:
    """One training file that is none."""
    (folder / FIRST).write_text("no image")


def empty(folder: Path) -> None:
    """A class without files."""
    for file in (folder / "train" / "clear").iterdir():
        file.unlink()


def renamed(folder: Path) -> None:
    """A class that the test part spells otherwise."""
    (folder / "val" / "clear").rename(folder / "val" / "Clear")


def level(folder: Path) -> None:
    """Training files all of one value."""
    for file in (folder / "train").rglob("*.dcm"):
        held = pydicom.dcmread(file)
        held.PixelData = np.full((16, 20), 7, np.int16).tobytes()
        held.save_as(file)


def nothing(folder: Path) -> None:
    """As it is."""


@pytest.mark.parametrize(
    ("change", "fields", "said"),
    [
        (spoil(PixelData=None), {}, r"1 of 16 images cannot be read: train/clear/000\.dcm \(holds no pixel data\)"),
        (spoil(Rows=None), {}, r"000\.dcm \(holds no image \(its modality is CT\)\)"),
        (spoil(Rows=99), {}, r"000\.dcm \(its pixels, stored as Explicit VR Little Endian, cannot be decoded"),
        (spoil(BitsStored=40), {}, r"000\.dcm \(its pixels, stored as .* cannot be decoded \(ValueError\)\)"),
        (spoil(NumberOfFrames=5), {}, r"4 of 20 images cannot be read: train/clear/000\.dcm frame 1"),
        (resaved(JPEGLSLossless), {}, r"000\.dcm \(the transfer syntax JPEG-LS Lossless .* pip install 'pylibjpeg"),
        (resaved(RLELossless), {}, r"000\.dcm \(its pixels, stored as RLE Lossless, cannot be decoded"),
        (torn, {}, r"1 of 16 images cannot be read: train/clear/000\.dcm \(its pixels"),
        (text, {}, r"000\.dcm \(is not a readable DICOM file \(InvalidDicomError\)\)"),
        (
            spoil(Modality="MR"),
            {},
            r"images of several modalities, CT \(31\), MR \(1\); no one scale",
        ),
        (
            spoil(PatientID=""),
            {},
            r"1 of 32 files have no PatientID: train/clear/000\.dcm; one patient",
        ),
        (spoil(WindowCenter="4", WindowWidth="9"), {}, r"data\.window: 31 of 32 files store no window: .*window=range"),
        (nothing, {"window": "stored"}, r"data\.window: 32 of 32 files store no window"),
        (nothing, {"window": "bone"}, r"data\.window: 'bone' is none of stored, range, CENTER,WIDTH"),
        (nothing, {"window": "40,0"}, r"data\.window: a width above 0 is needed, got 0"),
        (nothing, {"window": "40,-400"}, r"data\.window: a width above 0 is needed, got -400"),
        (nothing, {"window": "9%,9%"}, r"data\.window: 9%,9% are no rising percentiles"),
        (nothing, {"window": "1%,101%"}, r"data\.window: 1%,101% are no rising percentiles"),
        (level, {}, r"data\.window: all values between 0% and 100% of the training part are 7"),
        (nothing, {"groups": "(nobody)"}, r"data\.groups: '\(nobody\)' finds no group in 16 of 16 file names"),
        (empty, {}, r"data\.path: no images in train/ for clear"),
        (renamed, {}, r"data\.path: .*Clear"),
        (no_bytes, {}, r"1 of 16 images cannot be read: train/clear/000\.dcm \(is not a readable DICOM file"),
        (no_syntax, {}, r"000\.dcm \(does not say its transfer syntax\)"),
        (resaved("1.2.3.4"), {}, r"000\.dcm \(the transfer syntax 1\.2\.3\.4 is not known\)"),
        (resaved(MPEG4HP41), {}, r"000\.dcm \(the transfer syntax MPEG-4 .* is not supported by pydicom\)"),
        (resaved(JPEGLosslessSV1), {}, r"000\.dcm \(the transfer syntax JPEG Lossless, .* pip install 'pylibjpeg"),
        (resaved(JPEG2000Lossless), {}, r"000\.dcm \(its pixels, stored as JPEG 2000 .*, cannot be decoded"),
        (spoil(PhotometricInterpretation=None), {}, r"\(lacks PhotometricInterpretation, which its pixels need\)"),
        (spoil(PhotometricInterpretation="WHITE"), {}, r"000\.dcm \(its pixels, .* cannot be decoded"),
        (spoil(PixelRepresentation=None), {}, r"000\.dcm \(lacks PixelRepresentation, which its pixels need\)"),
        (spoil(SamplesPerPixel=3), {}, r"000\.dcm \(lacks PlanarConfiguration, which its pixels need\)"),
        (spoil(BitsAllocated=8), {}, r"000\.dcm \(its pixels, .* cannot be decoded"),
        (spoil(Rows=0), {}, r"000\.dcm \(its pixels, .* cannot be decoded"),
        (spoil(Modality=None), {}, r"images of several modalities, CT \(31\), unknown \(1\)"),
        (everywhere(RescaleSlope=0, RescaleIntercept=0), {}, r"data\.window: all values between .* are 0"),
        (
            everywhere(WindowCenter="100", WindowWidth="0"),
            {},
            r"the stored window of 32 of 32 files has no width: train",
        ),
        (everywhere(WindowCenter="100", WindowWidth="-9"), {}, r"the stored window of 32 of 32 files has no width"),
        (everywhere(WindowCenter="100"), {"window": "stored"}, r"data\.window: 32 of 32 files store no window"),
        (nothing, {"window": "nan,3"}, r"data\.window: 'nan,3' is none of stored, range"),
        (nothing, {"label_column": "mass"}, r"data\.label_column: has no effect without a table"),
        (shared, {}, r"data: 1 of 16 groups \(patients\) .* train/clear/000\.dcm and val/clear/000\.dcm; .*=allow"),
        (
            everywhere(PatientID="7"),
            {},
            r"data: 1 of 1 groups \(patients\) have images in the training and in the test",
        ),
        (both(everywhere(PatientID="7"), one_part), {}, r"no test part can be held out: all images are of one group"),
    ],
)
def test_a_bad_folder_ends_in_one_line(change: Change, fields: dict[str, Any], said: str, tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans")
    change(folder)
    told_in_one_line(folder, said, **fields)


def told_in_one_line(folder: Path, said: str, **fields: Any) -> None:
    found = faults(folder, **fields)
    assert len(found) == 1, found
    assert "\n" not in found[0]
    assert PERSON not in found[0]
    assert re.search(said, found[0]), found[0]


HEADER = "effusion,mass,split"
PARTS = ("train",) * 8 + ("val",) * 4 + ("test",) * 4


def row(number: int) -> str:
    return f"{number % 2},{int(number % 3 == 0)},{PARTS[number]}"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "dicom/3.dcm",
            "dicom/33.dcm",
            r"data\.path: 1 of 16 rows of labels\.csv name no image below .*: dicom/33\.dcm",
        ),
        ("dicom/3.dcm", "dicom/2.dcm", r"data\.path: 1 images have several rows in labels\.csv: dicom/2\.dcm"),
        ("dicom/3.dcm,1", "dicom/3.dcm,-1", r"column 'effusion' .* 1 values other than 0 and 1, the first '-1'"),
        ("dicom/3.dcm,1", "dicom/3.dcm,", r"column 'effusion' .* 1 values other than 0 and 1, the first ''"),
        (
            "7.dcm,1,0,train",
            "7.dcm,1,0,test",
            r"groups \(patients\) .* training and in the test part, such as .*dicom/6\.dcm",
        ),
        ("7.dcm,1,0,train", "7.dcm,1,0,val", r"groups \(patients\) .* training and in the validation part, such as "),
        ("11.dcm,1,0,val", "11.dcm,1,0,test", r"groups \(patients\) .* validation and in the test part, such as "),
        (",train", ",fold 1", r"column 'split' of labels\.csv has 8 values other than train, val and test"),
        (",train", ",test", r"data\.path: no row of labels\.csv has split=train"),
        ("file,", "image,", r"labels\.csv has no column 'file', which names each image"),
        (",", ";", r"labels\.csv has no column 'file', .* its columns: file;effusion;mass;split"),
        ("effusion", "mass", r"labels\.csv has several columns called 'mass'"),
    ],
)
def test_a_bad_table_ends_in_one_line(before: str, after: str, said: str, tmp_path: Path) -> None:
    table = tabled(tmp_path, HEADER, row) / "labels.csv"
    written = table.read_text(encoding="utf-8")
    assert before in written
    table.write_text(written.replace(before, after), encoding="utf-8")
    told_in_one_line(tmp_path, said)


def test_what_is_bad_ends_the_command_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.cli.main import command_line

    shared(archive(tmp_path / "scans"))
    monkeypatch.setattr("sys.argv", ["harness", "data=dicom", f"data.path={tmp_path / 'scans'}", "data.size=16"])
    with pytest.raises(SystemExit) as ended:
        command_line()
    [line] = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith("error: data: 1 of 16 groups (patients) have images in the training and in the test part")
    assert not (tmp_path / "runs").exists()
