"""What a DICOM file says of itself, read without its pixels and without any name, date or number of a person but one.

That one is the patient's ID. It tells which images are of one patient, and leaves this module's callers under no name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.data.names import shown
from harness.spec.errors import RequestError

ENDINGS = (".dcm", ".dicom", ".dic", ".ima", "")
"""Endings of DICOM files, in lower case; many archives give them none."""

_MARK = (128, b"DICM")
_TAGS = [
    "Modality", "PatientID", "IssuerOfPatientID", "NumberOfFrames", "Rows", "PhotometricInterpretation",
    "WindowCenter", "WindowWidth", "VOILUTSequence",
]  # fmt: skip


def library() -> Any:
    """The package pydicom, which is optional.

    Raises:
        RequestError: it is not installed.
    """
    try:
        import pydicom
    except ImportError:
        raise RequestError(
            "data=dicom: pydicom is not installed; pip install 'model-creation-harness[dicom]'"
        ) from None
    return pydicom


def is_dicom(file: Path) -> bool:
    """Whether a file is read: by its ending, and without one by the mark that each DICOM file bears at byte 128."""
    ending = file.suffix.lower()
    if file.name.upper() == "DICOMDIR":  # the index of an archive, not an image
        return False
    if ending and not ending[1:].isdecimal():  # 1.2.840.113619 ends with a number that is none of an ending
        return ending in ENDINGS
    try:
        with file.open("rb") as stream:
            stream.seek(_MARK[0])
            return stream.read(len(_MARK[1])) == _MARK[1]
    except OSError:
        return False


@dataclass(frozen=True)
class Header:
    """One file: what device made it, how many frames it has, whether it is grey, and how many windows it stores.

    `patient` is its patient's ID, which is shown and kept nowhere, None where it has none. `why` it is no image, if so;
    then nothing else.
    """

    modality: str = ""
    frames: int = 1
    grey: bool = True
    windows: int = 0
    narrow: bool = False
    patient: str | None = field(default=None, repr=False)
    why: str | None = None


def read_header(file: Path) -> Header:
    """The header of one file; read once in a process, as a request is identified first and its images opened later."""
    stored = file.stat()
    return _read(file, stored.st_mtime_ns, stored.st_size)


@lru_cache(maxsize=2**17)
def _read(file: Path, modified: int, size: int) -> Header:
    pydicom = library()
    try:
        held = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=_TAGS)
        if "Rows" not in held:
            return Header(why=f"holds no image (its modality is {held.get('Modality') or 'not said'})")
        centers, widths = (_several(held.get(name)) for name in ("WindowCenter", "WindowWidth"))
        return Header(
            modality=str(held.get("Modality") or "unknown"),
            frames=max(1, int(held.get("NumberOfFrames") or 1)),
            grey=str(held.get("PhotometricInterpretation")).startswith("MONOCHROME"),
            windows=len(_several(held.get("VOILUTSequence"))) or min(len(centers), len(widths)),
            narrow=bool(widths) and not float(widths[0]) > 0,
            patient=_patient(held.get("IssuerOfPatientID"), held.get("PatientID")),
        )
    except Exception as error:  # a broken header makes pydicom raise whatever comes to hand; its text may name a person
        return Header(why=f"is not a readable DICOM file ({type(error).__name__})")


def _several(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _patient(issuer: Any, patient: Any) -> str | None:
    """An ID is one of the hospital that issued it: two may give the same number to two patients."""
    number = str(patient or "").strip()
    return f"{issuer or ''}\n{number}" if number else None


def header_faults(headers: Sequence[Header], names: Sequence[str], grouped: bool) -> Iterator[str]:
    """What keeps files from being read as one set of images; `grouped` says that their patients are known otherwise."""
    images = [header for header in headers if header.why is None]
    modalities = Counter(header.modality for header in images)
    if len(modalities) > 1:
        counted = ", ".join(f"{name} ({count})" for name, count in sorted(modalities.items()))
        yield f"data.path: images of several modalities, {counted}; no one scale of grey fits them: keep one"
    nameless = [name for header, name in zip(headers, names, strict=True) if header.why is None and not header.patient]
    if not grouped and nameless and len(nameless) < len(images):
        yield (
            f"data.path: {len(nameless)} of {len(images)} files have no PatientID: {shown(nameless)}; one patient may "
            "lie on both sides of a split: give data.groups, a pattern that finds the patient in the file's name"
        )


def window_faults(headers: Sequence[Header], names: Sequence[str]) -> Iterator[str]:
    """What keeps each grey image from being shown by the window that its own file stores."""
    grey = [(header, name) for header, name in zip(headers, names, strict=True) if header.why is None and header.grey]
    without = [name for header, name in grey if not header.windows]
    if without:
        yield (
            f"data.window: {len(without)} of {len(grey)} files store no window: {shown(without)}; "
            "give data.window=range (one scale from the training part) or CENTER,WIDTH"
        )
    narrow = [name for header, name in grey if header.narrow]
    if narrow:
        yield (
            f"data.window: the stored window of {len(narrow)} of {len(grey)} files has no width: {shown(narrow)}; "
            "give data.window=range or CENTER,WIDTH"
        )
