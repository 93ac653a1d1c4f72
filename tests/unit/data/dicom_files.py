"""DICOM files as a scanner would write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from harness.data.load import load
from harness.data.open import source_faults
from harness.spec.errors import RequestError
from harness.spec.spec import Data

PERSON = "Quixote^Alonso"
"""Of every file that is written; nothing that a run leaves may hold it."""

RAMP = np.arange(-1024, -1024 + 16 * 16 * 16, 16, dtype=np.int16).reshape(16, 16)
"""-1024 to 3056 in steps of 16."""


def write(file: Path, pixels: npt.NDArray[Any], **elements: Any) -> Path:
    """One file with these numbers, [H, W], [H, W, 3] or [frames, H, W], and these elements by DICOM's keywords.

    An element that is None is left out.
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    held = Dataset()
    held.file_meta = meta
    held.SOPClassUID, held.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    colour = pixels.ndim == 3 and pixels.shape[-1] == 3
    frames = len(pixels) if pixels.ndim == 3 and not colour else 1
    bits = 8 * pixels.dtype.itemsize
    plain = {
        "PatientName": PERSON,
        "PatientBirthDate": "15471009",
        "InstitutionName": "Hospital de Cervantes",
        "PatientID": "LM-1605",
        "Modality": "CT",
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "PlanarConfiguration": 0 if colour else None,
        "NumberOfFrames": frames if frames > 1 else None,
        "Rows": pixels.shape[-3 if colour else -2],
        "Columns": pixels.shape[-2 if colour else -1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(np.issubdtype(pixels.dtype, np.signedinteger)),
        "PixelData": pixels.tobytes(),
    }
    for keyword, value in {**plain, **elements}.items():
        if value is not None:
            setattr(held, keyword, value)
    file.parent.mkdir(parents=True, exist_ok=True)
    held.save_as(file, enforce_file_format=True)
    return file


def archive(folder: Path, patients: int = 4, frames: int = 1, **elements: Any) -> Path:
    """`train/` and `val/` of two classes, `patients` a class and part, and two files of each patient; 12 bits signed.

    One class is brighter by 400 than the other.
    """
    random = np.random.default_rng(0)
    for part in ("train", "val"):
        for number, name in enumerate(("clear", "opaque")):
            for patient in range(patients):
                for view in range(2):
                    shape = (16, 20) if frames == 1 else (frames, 16, 20)
                    pixels = random.normal(400 * number, 150, shape).clip(-1024, 3071).astype(np.int16)
                    identity = f"{part}-{name}-{patient}"
                    file = folder / part / name / f"{number}{patient}{view}.dcm"
                    write(file, pixels, **{"PatientID": identity, "BitsStored": 12, "HighBit": 11, **elements})
    return folder


def tabled(folder: Path, header: str, row: Callable[[int], str], **elements: Any) -> Path:
    """Sixteen files in one folder, two of each patient, and what the table says of each."""
    random = np.random.default_rng(0)
    for number in range(16):
        pixels = random.normal(200 * (number % 2), 100, (16, 20)).astype(np.int16)
        write(folder / "dicom" / f"{number}.dcm", pixels, **{"PatientID": f"P{number // 2}", **elements})
    lines = [f"file,{header}", *(f"dicom/{number}.dcm,{row(number)}" for number in range(16))]
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def spec(path: Path, **fields: Any) -> Data:
    """A request for a folder of such files."""
    return Data(name="dicom", path=path, size=16, **fields)


def faults(folder: Path, **fields: Any) -> list[str]:
    """What keeps a folder from being read, images looked into."""
    try:
        asked = spec(folder, **fields)
        found = source_faults(asked)
        if not found:
            load(asked)
    except RequestError as error:
        return [str(error)]
    return found
