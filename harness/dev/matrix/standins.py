"""Small data sets in the real formats, for what has to be tried without any download."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from harness.data.datasets.made import made
from harness.spec.spec import Data

CLASSES = ("target-00", "target-01")
COUNTS = {"train": 12, "val": 6}
SIDE = 48


def _drawn() -> Iterator[tuple[str, int, Image.Image]]:
    """Part, label and image of each of a few made figures, as many of either class."""
    source = made(Data(name="made", classes=len(CLASSES), samples=COUNTS["train"], size=SIDE))
    test = source.test()
    per_class = COUNTS["val"] // len(CLASSES)
    learnt, tested = (np.asarray(part.labels) for part in (source.train, test))
    firsts = [position for label in range(len(CLASSES)) for position in np.flatnonzero(tested == label)[:per_class]]
    for position, label in enumerate(learnt.tolist()):
        yield "train", label, source.train.open(position)
    for position in firsts:
        yield "val", int(tested[position]), test.open(int(position))


def _digits(folder: Path) -> list[str]:
    return ["data=digits", "data.classes=2", "data.samples=20"]


def _imagefolder(folder: Path) -> list[str]:
    for number, (part, label, image) in enumerate(_drawn()):
        file = folder / part / CLASSES[label] / f"{part}{number // 2:02d}-{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
    return ["data=imagefolder", f"data.path={folder}", f"data.size={SIDE}", r"data.groups='^(\w+)-'"]


def _medmnist(folder: Path) -> list[str]:
    """The published arrays: images [N, S, S, 3] and labels [N, 1] of three parts, of which `val` is left aside."""
    drawn = list(_drawn())
    arrays = {}
    for name, part in (("train", "train"), ("val", "val"), ("test", "val")):
        arrays[f"{name}_images"] = np.stack([np.asarray(image) for each, _, image in drawn if each == part])
        arrays[f"{name}_labels"] = np.array([[label] for each, label, _ in drawn if each == part])
    folder.mkdir(parents=True)
    np.savez(folder / "drawnmnist.npz", **arrays)  # type: ignore[arg-type]
    return ["data=medmnist", f"data.path={folder / 'drawnmnist.npz'}", f"data.size={SIDE}"]


def _table(folder: Path) -> list[str]:
    """A CSV file of one class an image beside the images, with patients and parts."""
    lines = ["file,label,patient,split"]
    for number, (part, label, image) in enumerate(_drawn()):
        folder.mkdir(parents=True, exist_ok=True)
        image.save(folder / f"{number}.png")
        lines.append(f"{number}.png,{CLASSES[label]},{part}{number // 2},{'test' if part == 'val' else part}")
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return ["data=table", f"data.path={folder}", f"data.size={SIDE}"]


def _dicom(folder: Path) -> list[str]:
    """Grey of 12 bits in DICOM files, each image of a patient of its own."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    for number, (part, label, image) in enumerate(_drawn()):
        grey = np.asarray(image.convert("L")).astype(np.uint16) << 4
        held = Dataset()
        held.file_meta = FileMetaDataset()
        held.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        held.SOPClassUID, held.SOPInstanceUID = SecondaryCaptureImageStorage, f"1.2.3.{number}"
        held.Modality, held.PatientID = "DX", f"{part}{number}"
        held.SamplesPerPixel, held.PhotometricInterpretation, held.PixelRepresentation = 1, "MONOCHROME2", 0
        held.Rows, held.Columns = grey.shape
        held.BitsAllocated, held.BitsStored, held.HighBit = 16, 12, 11
        held.PixelData = grey.tobytes()
        file = folder / part / CLASSES[label] / f"{number}.dcm"
        file.parent.mkdir(parents=True, exist_ok=True)
        held.save_as(file, enforce_file_format=True)
    return ["data=dicom", f"data.path={folder}", f"data.size={SIDE}"]


def _torchvision(folder: Path) -> list[str]:
    """EuroSAT's folders: it has no official split, so a part is held out."""
    for number, (_, label, image) in enumerate(_drawn()):
        file = folder / "eurosat" / "2750" / CLASSES[label] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
    return ["data=torchvision", "data.set=EuroSAT", f"data.root={folder}", f"data.size={SIDE}"]


def _huggingface(folder: Path) -> list[str]:
    """A folder as the library's own image folders are: parts, and in them classes."""
    for number, (part, label, image) in enumerate(_drawn()):
        file = folder / ("train" if part == "train" else "test") / CLASSES[label] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
    return ["data=huggingface", f"data.path={folder}", f"data.size={SIDE}"]


STANDINS: dict[str, Callable[[Path], list[str]]] = {
    "dicom": _dicom,
    "digits": _digits,
    "imagefolder": _imagefolder,
    "medmnist": _medmnist,
    "table": _table,
    "torchvision": _torchvision,
    "huggingface": _huggingface,
}
"""For each data set, what writes it into a folder and names the overrides that read it."""
