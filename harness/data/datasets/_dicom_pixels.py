"""From the numbers of a DICOM file to a picture: in the modality's unit, windowed, turned where 0 is white."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.filereader import read_file_meta_info
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.pixels.utils import pixel_array

from harness.data.window import GreyLevels, Percentiles, Window

Floats = npt.NDArray[np.float64]


def _opened(file: Path, frame: int) -> tuple[npt.NDArray[Any], Any]:
    """The stored numbers of a frame, [H, W] or RGB [H, W, 3], and the elements that say what they mean.

    Raises:
        OSError: they cannot be decoded. The message holds nothing of the header but its transfer syntax.
    """
    try:
        syntax = read_file_meta_info(file).get("TransferSyntaxUID")
    except Exception as error:
        raise OSError(f"is not a readable DICOM file ({type(error).__name__})") from None
    lacking = _lacking(syntax)
    if lacking:
        raise OSError(lacking)
    try:
        if syntax.is_deflated:  # of these, pydicom 3.0.2 finds no pixels by the file's path
            meaning = dcmread(file)
            return pixel_array(meaning, index=frame), meaning
        meaning = Dataset()
        return pixel_array(file, ds_out=meaning, index=frame), meaning
    except Exception as error:  # decoders raise whatever comes to hand, and quote what they read
        if isinstance(error, AttributeError):
            raise OSError(_missing(file)) from None
        raise OSError(f"its pixels, stored as {syntax.name}, cannot be decoded ({type(error).__name__})") from None


NEEDED = (
    "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored",
    "PixelRepresentation", "PlanarConfiguration",
)  # fmt: skip
"""Elements without which pixels cannot be decoded; the last of colour alone."""


def _missing(file: Path) -> str:
    """Which element a file lacks."""
    held = dcmread(file)
    if not any(keyword in held for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        return "holds no pixel data"
    return f"lacks {next(keyword for keyword in NEEDED if keyword not in held)}, which its pixels need"


def _lacking(syntax: Any) -> str | None:
    """What has to be installed for a transfer syntax."""
    if syntax is None:
        return "does not say its transfer syntax"
    if not syntax.is_transfer_syntax:
        return f"the transfer syntax {syntax} is not known"
    if not syntax.is_compressed or syntax.is_deflated:
        return None
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        return f"the transfer syntax {syntax.name} is not supported by pydicom"
    if decoder.is_available:
        return None
    return f"the transfer syntax {syntax.name} needs a decoder that is not installed; pip install 'pylibjpeg[all]'"


def _rescaled(numbers: npt.NDArray[Any], meaning: Any) -> Floats:
    return np.asarray(apply_modality_lut(numbers, meaning), dtype=np.float64)


def _padding(numbers: npt.NDArray[Any], meaning: Any) -> npt.NDArray[np.bool_]:
    """Where a frame is padding and no image: PixelPaddingValue, up to PixelPaddingRangeLimit (PS3.3, C.7.5.1.1.2)."""
    if "PixelPaddingValue" not in meaning:
        return np.zeros(numbers.shape, bool)
    first = int(meaning.PixelPaddingValue)
    last = int(meaning.get("PixelPaddingRangeLimit", first))
    return (numbers >= min(first, last)) & (numbers <= max(first, last))


def _shown(values: Floats, meaning: Any, window: Window | None) -> Floats:
    """Values from 0 (the lowest shown) to 1."""
    if window is not None:
        return window.shown(values)
    stated = Dataset()
    stated.PhotometricInterpretation, stated.PixelRepresentation, stated.BitsStored = "MONOCHROME2", 0, 16
    if "VOILUTSequence" not in meaning and not ("WindowCenter" in meaning and "WindowWidth" in meaning):
        raise OSError("stores no window")
    if "VOILUTSequence" in meaning:
        stated.VOILUTSequence = meaning.VOILUTSequence
        stated.PixelRepresentation = meaning.PixelRepresentation
        bits = int(meaning.VOILUTSequence[0].LUTDescriptor[2])
        looked_up: Floats = np.asarray(apply_voi(values.astype(np.int64), stated), dtype=np.float64)
        return looked_up / float(2**bits - 1)
    for name in ("WindowCenter", "WindowWidth", "VOILUTFunction"):
        if name in meaning:
            setattr(stated, name, getattr(meaning, name))
    return np.asarray(apply_windowing(values, stated), dtype=np.float64) / (2**16 - 1)


def _in_colour(numbers: npt.NDArray[Any], meaning: Any) -> Image.Image:
    if meaning.PhotometricInterpretation == "PALETTE COLOR":
        numbers = apply_color_lut(numbers, meaning)
        bits = 8 * numbers.dtype.itemsize
    else:
        bits = int(meaning.BitsStored)
    if bits not in (8, 16):
        raise OSError(f"colour of {bits} bits a channel is not supported")
    return Image.fromarray((numbers >> (bits - 8)).astype(np.uint8)[..., :3])


def picture(file: Path, frame: int, window: Window | None) -> Image.Image:
    """One frame as an image of PIL's mode L or RGB.

    Args:
        file: a DICOM file.
        frame: which of its frames, from 0.
        window: what of its grey is shown; None: what its own first VOI LUT or window says.

    Raises:
        OSError: it cannot be decoded.
    """
    numbers, meaning = _opened(file, frame)
    if numbers.ndim == 3 or meaning.PhotometricInterpretation == "PALETTE COLOR":
        return _in_colour(numbers, meaning)
    values = _rescaled(numbers, meaning)
    grey = _shown(values, meaning, window)
    grey[_padding(numbers, meaning)] = 0
    if meaning.PhotometricInterpretation == "MONOCHROME1":
        grey = 1 - grey
    return Image.fromarray(np.rint(255 * grey).astype(np.uint8))


def grey_values(file: Path, frame: int) -> Floats | None:
    """The values [V] of a frame of grey in the modality's unit, padding left out; None of colour.

    Raises:
        OSError: it cannot be decoded.
    """
    numbers, meaning = _opened(file, frame)
    if numbers.ndim == 3 or meaning.PhotometricInterpretation == "PALETTE COLOR":
        return None
    return _rescaled(numbers, meaning)[~_padding(numbers, meaning)]


def find_window(frames: Iterable[tuple[Path, int]], asked: Percentiles) -> Window | None:
    """The window between two percentiles of all values of these frames of grey, padding left out.

    Frames that cannot be decoded are left out: who opens them says so. Where none can be, there is no window.

    Raises:
        RequestError: all of the values between them are equal.
    """

    def each() -> Iterator[Floats | None]:
        for file, frame in frames:
            try:
                yield grey_values(file, frame)
            except OSError:
                continue

    return GreyLevels.of(each()).window(asked)
