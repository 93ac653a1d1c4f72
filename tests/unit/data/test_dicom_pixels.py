"""From the numbers of a DICOM file to grey, as PS3.3 of the standard says; real files become pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pydicom")

from pydicom import Dataset
from pydicom.data import get_testdata_file

from harness.data.datasets._dicom_pixels import find_window, picture
from harness.data.window import Percentiles, Window

from .dicom_files import RAMP, write


def grey(file: Path, window: Window | None = None, frame: int = 0) -> np.ndarray[Any, Any]:
    image = picture(file, frame, window)
    assert image.mode == "L"
    return np.asarray(image)


def test_numbers_are_rescaled_before_they_are_windowed(tmp_path: Path) -> None:
    file = write(tmp_path / "a.dcm", RAMP, RescaleSlope="2", RescaleIntercept="-100")
    values = 2.0 * RAMP - 100
    expected = np.rint(255 * np.clip((values - 40) / 400 + 0.5, 0, 1))
    assert np.array_equal(grey(file, Window(40, 400)), expected)
    assert 0 < (expected % 255 > 0).mean() < 0.2  # the window is narrow


def test_a_stored_window_is_that_of_the_standard(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.dcm", RAMP, WindowCenter="100", WindowWidth="1000", RescaleSlope="1", RescaleIntercept="0"
    )
    # PS3.3 C.11.2.1.2.1: black up to c - 0.5 - (w - 1) / 2, white above c - 0.5 + (w - 1) / 2
    expected = np.clip((RAMP - (100 - 0.5)) / (1000 - 1) + 0.5, 0, 1)
    assert np.abs(grey(file) - 255 * expected).max() <= 0.51


def test_of_several_windows_the_first_is_taken(tmp_path: Path) -> None:
    several = write(tmp_path / "a.dcm", RAMP, WindowCenter=["100", "900"], WindowWidth=["1000", "50"])
    one = write(tmp_path / "b.dcm", RAMP, WindowCenter="100", WindowWidth="1000")
    assert np.array_equal(grey(several), grey(one))


def test_a_table_of_values_is_looked_up(tmp_path: Path) -> None:
    table = Dataset()
    table.LUTDescriptor = [4, 0, 8]
    table.add_new("LUTData", "US", [0, 10, 200, 255])
    numbers = np.array([[0, 1], [2, 3]], np.uint16)
    assert grey(write(tmp_path / "a.dcm", numbers, VOILUTSequence=[table])).tolist() == [[0, 10], [200, 255]]


def test_where_zero_is_white_the_image_is_turned(tmp_path: Path) -> None:
    plain, turned = (
        write(tmp_path / f"{form}.dcm", RAMP, PhotometricInterpretation=form) for form in ("MONOCHROME2", "MONOCHROME1")
    )
    window = Window(1000, 2000)
    assert np.array_equal(grey(turned, window), 255 - grey(plain, window))


def test_padding_is_black_and_takes_no_part_in_the_range(tmp_path: Path) -> None:
    numbers = RAMP.clip(0, 1000)
    numbers[0] = -2000
    file = write(tmp_path / "a.dcm", numbers, PixelPaddingValue=-2000)
    window = find_window([(file, 0)], Percentiles(0, 100))
    assert window == Window.between(0, 1000)
    assert grey(file, window)[0].max() == 0


def test_colour_is_rgb_and_a_palette_is_looked_up(tmp_path: Path) -> None:
    colour = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(picture(write(tmp_path / "a.dcm", colour), 0, None)), colour)
    entries = {
        f"{name}PaletteColorLookupTable{part}": value
        for name, shade in (("Red", 10), ("Green", 20), ("Blue", 30))
        for part, value in (("Descriptor", [4, 0, 8]), ("Data", bytes([0, shade, 2 * shade, 255])))
    }
    numbers = np.array([[0, 1], [2, 3]], np.uint8)
    palette = write(tmp_path / "b.dcm", numbers, PhotometricInterpretation="PALETTE COLOR", **entries)
    shown = np.asarray(picture(palette, 0, None)).tolist()
    assert shown == [[[0, 0, 0], [10, 20, 30]], [[20, 40, 60], [255, 255, 255]]]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("CT_small.dcm", "L"),
        ("MR_small_RLE.dcm", "L"),
        ("image_dfl.dcm", "L"),  # deflated
        ("examples_palette.dcm", "RGB"),
        ("SC_rgb_dcmtk_+eb+cy+np.dcm", "RGB"),  # YBR, JPEG
        ("SC_ybr_full_422_uncompressed.dcm", "RGB"),
    ],
)
def test_real_files_become_pictures(name: str, mode: str) -> None:
    file = Path(get_testdata_file(name, download=False))
    image = picture(file, 0, find_window([(file, 0)], Percentiles(0, 100)))
    assert image.mode == mode
    assert np.ptp(np.asarray(image)) > 100
