"""A folder of DICOM files in the form of an image folder, kept together by patient; every frame is an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from harness.data.datasets._dicom_header import Header, header_faults, is_dicom, library, read_header, window_faults
from harness.data.datasets._dicom_window import STORED, Percentiles, Window, parse
from harness.data.datasets.imagefolder import from_listing
from harness.data.folder import Files, Listing, scan
from harness.data.images import Samples, Source
from harness.data.names import shown
from harness.data.split import hold_out
from harness.spec.errors import RequestError
from harness.spec.paths import printable
from harness.spec.spec import Data


@dataclass(frozen=True)
class _Archive:
    """The files of a folder and what their headers say; `window` shows their grey.

    It is None where each file's own does, or there is nothing to show; `settled` then tells which of the two.
    """

    listing: Listing
    headers: dict[Path, Header]
    window: Window | None = None
    settled: str | None = None


@dataclass(frozen=True)
class _Frame:
    """One image: a frame of a file, its class, and what the pattern of the request finds in the file's name."""

    path: Path
    number: int
    label: int
    group: str | None


def dicom(spec: Data) -> Source:
    """`train/CLASS/*` with `val/CLASS/*`, `test/CLASS/*` or both, or `CLASS/*` alone, of DICOM files.

    Their parts, classes and cuts are those of `data=imagefolder`. Images of one PatientID are a group, so that no
    patient is on both sides of a cut; the ID itself is kept nowhere. `data.window` says what of the grey is shown,
    `data.frame` which frame of files that hold several.

    Raises:
        RequestError: pydicom is not installed; the folder, its classes or the window is wrong; or modalities are mixed.
    """
    found = _open(spec)
    listing = replace(found.listing, notes=(*found.listing.notes, *_notes(found)))
    return from_listing(spec, listing, lambda files, stamp: _samples(files, stamp, found, spec))


def settle(spec: Data) -> dict[str, Any]:
    """What the files settle of a request before it is identified: `window`."""
    try:
        settled = _open(spec).settled
        return {} if settled is None else {"window": settled}
    except RequestError:  # told by whoever opens the folder
        return {}


def _open(spec: Data) -> _Archive:
    library()
    asked = None if spec.window is None else parse(spec.window)
    listing = scan(spec, is_dicom)
    parts = [part for part in (listing.train, listing.validation, listing.test) if part is not None]
    paths = [path for part in parts for path in part.paths]
    with ThreadPoolExecutor(8) as pool:
        headers = dict(zip(paths, pool.map(read_header, paths), strict=True))
    faults = list(header_faults([headers[path] for path in paths], [_named(path) for path in paths], spec.groups))
    if faults:
        raise RequestError(faults)
    found = _Archive(listing, headers)
    window = _settled(asked, found, paths, spec)
    if isinstance(window, Window):
        return replace(found, window=window, settled=str(window))
    return replace(found, settled=window)


def _settled(
    asked: Window | Percentiles | str | None, found: _Archive, paths: Sequence[Path], spec: Data
) -> Window | str | None:
    """The window of the request; without one `stored` where any file of grey stores one, else `range`."""
    if isinstance(asked, Window):
        return asked
    headers = [found.headers[path] for path in paths]
    if asked == STORED or (asked is None and any(header.windows for header in headers if header.grey)):
        faults = list(window_faults(headers, [_named(path) for path in paths]))
        if faults:
            raise RequestError(faults)
        return STORED
    percentiles = asked if isinstance(asked, Percentiles) else Percentiles(0, 100)
    frames = _frames(found.listing.train, found, spec)
    if found.listing.test is None:  # the part that is held out takes no part in it
        learnt, _ = hold_out([frame.label for frame in frames], _groups(frames, found))
        frames = [frames[position] for position in learnt.tolist()]
    grey = [frame for frame in frames if found.headers[frame.path].grey and found.headers[frame.path].why is None]
    from harness.data.datasets._dicom_pixels import find_window

    return find_window(((frame.path, frame.number) for frame in grey), percentiles)


def _frames(files: Files, found: _Archive, spec: Data) -> list[_Frame]:
    """The images of a part. A frame that a file of several lacks is among them, and is told when it is opened."""
    groups = files.groups or (None,) * len(files.paths)
    return [
        _Frame(path, number, label, group)
        for path, label, group in zip(files.paths, files.labels, groups, strict=True)
        for frames in [found.headers[path].frames]
        for number in (range(frames) if spec.frame is None or frames == 1 else [spec.frame])
    ]


def _samples(files: Files, stamp: str, found: _Archive, spec: Data) -> Samples:
    from harness.data.datasets._dicom_pixels import picture

    frames = _frames(files, found, spec)

    def opened(position: int) -> Image.Image:
        frame = frames[position]
        header = found.headers[frame.path]
        if header.why is not None:
            raise OSError(header.why)
        if frame.number >= header.frames:
            raise OSError(f"has {header.frames} frames, and none of number {frame.number}")
        return picture(frame.path, frame.number, found.window)

    return Samples(
        [_named(frame.path, frame.number if found.headers[frame.path].frames > 1 else None) for frame in frames],
        [frame.label for frame in frames],
        opened,
        _groups(frames, found),
        f"{stamp}/{found.settled}/{spec.frame}",
        encoded=True,
    )


def _groups(frames: Sequence[_Frame], found: _Archive) -> tuple[str, ...] | None:
    """The patient of each image: what the pattern of the request found in its name, else a number for its PatientID.

    Patients are numbered as they come, in all parts together. A file that cannot be read is a group of its own.
    """
    named = [frame.group for frame in frames if frame.group is not None]
    if named:
        return tuple(named)
    patients = dict.fromkeys(header.patient for header in found.headers.values() if header.patient)
    if not patients:
        return None
    numbers = {patient: f"patient {number}" for number, patient in enumerate(patients)}
    known = [found.headers[frame.path].patient for frame in frames]
    return tuple(numbers[own] if own else _named(frame.path) for own, frame in zip(known, frames, strict=True))


def _named(path: Path, frame: int | None = None) -> str:
    name = printable("/".join(path.parts[-3:]))
    return name if frame is None else f"{name} frame {frame}"


def _notes(found: _Archive) -> Iterator[str]:
    images = [header for header in found.headers.values() if header.why is None]
    patients = {header.patient for header in images} - {None}
    if patients:
        yield f"{len(images):,} files of {len(patients):,} patients, by PatientID; no patient is on both sides of a cut"
    elif images:
        yield "Warning: no file has a PatientID; images of one patient may lie on both sides of a cut (data.groups)"
    frames = sum(header.frames for header in images if header.frames > 1)
    if frames:
        yield f"{frames:,} frames of {sum(header.frames > 1 for header in images):,} files, each an image (data.frame)"
    if any(header.grey for header in images):
        if found.settled == STORED:
            several = sum(header.windows > 1 for header in images)
            more = f"; of {several:,} files with several, by the first" if several else ""
            yield f"grey is shown as each file's own window says{more} (data.window)"
        elif found.window is not None:
            low, high = (found.window.center + sign * found.window.width / 2 for sign in (-1, 1))
            yield f"grey is black at {low:g} and white at {high:g} in all parts (data.window)"
    kinds = Counter(header.why for header in found.headers.values() if header.why)
    if kinds:
        yield f"{kinds.total():,} files are no images: {shown([f'{why} ({count})' for why, count in kinds.items()])}"
