"""DICOM files in the form of an image folder or beside a table, kept together by patient; every frame is an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from PIL import Image

from harness.data.datasets._dicom_header import Header, header_faults, is_dicom, library, read_header, window_faults
from harness.data.datasets._table import LabelledImage, TableContent, has_table, read_table
from harness.data.datasets.imagefolder import from_listing
from harness.data.datasets.table import from_table
from harness.data.folder import Files, Listing, scan
from harness.data.images import Labels, Samples, Source
from harness.data.layout import image_files
from harness.data.names import shown
from harness.data.split import hold_out
from harness.data.window import STORED, Percentiles, Window, parse, window_note
from harness.spec.errors import RequestError
from harness.spec.paths import printable
from harness.spec.spec import MULTILABEL, Data


@dataclass(frozen=True)
class _Scan:
    """One file: its class, or 0 and 1 for each label, and the patient that its name or the table says."""

    path: Path
    label: int | tuple[int, ...]
    group: str | None


@dataclass(frozen=True)
class _Frame:
    """One image: a frame of a file."""

    scan: _Scan
    number: int


@dataclass(frozen=True)
class _Archive:
    """What the headers of all files say; `window` shows their grey.

    It is None where each file's own does, or there is nothing to show; `settled` then tells which of the two.
    """

    headers: dict[Path, Header]
    window: Window | None = None
    settled: str | None = None


def dicom(spec: Data) -> Source:
    """Folders of DICOM files in the form of `data=imagefolder`, or a folder of them with a table as of `data=table`.

    Parts, classes and cuts are as there. Images of one PatientID are a group, so that no patient is on both sides of a
    cut; the ID itself is kept nowhere. `data.window` says what of the grey is shown, `data.frame` which frame of files
    that hold several.

    Raises:
        RequestError: pydicom is not installed; the folder, its table, its classes or the window is wrong; or modalities
            are mixed.
    """
    content = _content(spec)
    found = _read(content, spec)
    content = replace(content, notes=(*content.notes, *_notes(found)))
    if isinstance(content, TableContent):
        return from_table(spec, content, lambda rows, stamp: _samples(_of_table(rows, content), stamp, found, spec))
    return from_listing(spec, content, lambda files, stamp: _samples(_of_folder(files), stamp, found, spec))


def unlabelled(folder: Path, spec: Data) -> Samples:
    """The images of all files below a folder, shown as the settled `data.window` says; every label is 0.

    Raises:
        RequestError: pydicom is not installed.
    """
    library()
    window = None if spec.window is None else parse(spec.window)
    scans = [_Scan(path, 0, None) for path in image_files(folder, is_dicom)[0]]
    found = _Archive(
        {scan.path: read_header(scan.path) for scan in scans}, window if isinstance(window, Window) else None
    )
    names = [
        f"{printable(frame.scan.path.relative_to(folder).as_posix())}"
        + (f" frame {frame.number}" if found.headers[frame.scan.path].frames > 1 else "")
        for frame in _frames(scans, found, spec)
    ]
    return replace(_samples(scans, "", found, spec), names=names, groups=None, stamp=None)


def settle(spec: Data) -> dict[str, Any]:
    """What the files settle of a request before it is identified: `window`, and `targets` of a table."""
    try:
        content = _content(spec)
        settled = _read(content, spec).settled
        several = isinstance(content, TableContent) and content.multilabel
        return {**({"targets": MULTILABEL} if several else {}), **({} if settled is None else {"window": settled})}
    except RequestError:  # told by whoever opens the folder
        return {}


def _content(spec: Data) -> Listing | TableContent:
    library()
    beside_table = has_table(spec.path)
    for key in ("train_split", "test_split") if beside_table else ("label_column",):
        if getattr(spec, key) is not None:
            why = "beside a table, whose column 'split' says the parts" if beside_table else "without a table (CSV)"
            raise RequestError(f"data.{key}: has no effect {why}")
    return read_table(spec, is_dicom) if beside_table else scan(spec, is_dicom)


def _of_folder(files: Files | None) -> list[_Scan]:
    if files is None:
        return []
    groups = files.groups or (None,) * len(files.paths)
    return [_Scan(*each) for each in zip(files.paths, files.labels, groups, strict=True)]


def _of_table(rows: Sequence[LabelledImage], content: TableContent) -> list[_Scan]:
    return [_Scan(row.path, row.labels if content.multilabel else row.labels[0], row.group) for row in rows]


def _parts(content: Listing | TableContent) -> tuple[list[_Scan], list[_Scan], list[_Scan]]:
    """The files that are learnt from, validated on and tested on, as far as the set itself says so."""
    if isinstance(content, TableContent):
        learnt, own, tested = (_of_table(content.of(part), content) for part in ("train", "val", "test"))
        return learnt, own, tested
    return _of_folder(content.train), _of_folder(content.validation), _of_folder(content.test)


def _read(content: Listing | TableContent, spec: Data) -> _Archive:
    asked = None if spec.window is None else parse(spec.window)
    learnt, own, tested = _parts(content)
    scans = [*learnt, *own, *tested]
    paths = [scan.path for scan in scans]
    with ThreadPoolExecutor(8) as pool:
        found = _Archive(dict(zip(paths, pool.map(read_header, paths), strict=True)))
    headers, names = [found.headers[path] for path in paths], [_named(path) for path in paths]
    grouped = all(scan.group is not None for scan in scans)
    _refuse(header_faults(headers, names, grouped))
    if isinstance(asked, Window):
        return replace(found, window=asked, settled=str(asked))
    if asked == STORED or (asked is None and any(header.windows for header in headers if header.grey)):
        _refuse(window_faults(headers, names))
        return replace(found, settled=STORED)
    percentiles = asked if isinstance(asked, Percentiles) else Percentiles(0, 100)
    also = [] if tested else own
    window = _window(_frames(learnt, found, spec), _frames(also, found, spec), bool(tested), found, percentiles)
    return found if window is None else replace(found, window=window, settled=str(window))


def _window(
    learnt: list[_Frame], own: list[_Frame], tested: bool, found: _Archive, percentiles: Percentiles
) -> Window | None:
    """One window for all, from the frames that are learnt from; those that are held out of them take no part."""
    from harness.data.datasets._dicom_pixels import find_window

    if not tested:
        frames = [*learnt, *own]
        kept, _ = hold_out(_labels(frames), _groups(frames, found))
        learnt = [frames[position] for position in kept.tolist() if position < len(learnt)]
    headers = [found.headers[frame.scan.path] for frame in learnt]
    grey = [frame for frame, header in zip(learnt, headers, strict=True) if header.grey and header.why is None]
    return find_window(((frame.scan.path, frame.number) for frame in grey), percentiles)


def _frames(scans: Sequence[_Scan], found: _Archive, spec: Data) -> list[_Frame]:
    """The images of a part. A frame that a file of several lacks is among them, and is told when it is opened."""
    return [
        _Frame(scan, number)
        for scan in scans
        for frames in [found.headers[scan.path].frames]
        for number in (range(frames) if spec.frame is None or frames == 1 else [spec.frame])
    ]


def _labels(frames: Sequence[_Frame]) -> Labels:
    labels: Any = [frame.scan.label for frame in frames]
    return cast(Labels, labels)


def _refuse(faults: Iterator[str]) -> None:
    found = list(faults)
    if found:
        raise RequestError(found)


def _samples(scans: Sequence[_Scan], stamp: str, found: _Archive, spec: Data) -> Samples:
    from harness.data.datasets._dicom_pixels import grey_values, picture

    frames = _frames(scans, found, spec)

    def opened(position: int) -> Image.Image:
        frame = frames[position]
        path = frame.scan.path
        header = found.headers[path]
        if header.why is not None:
            raise OSError(header.why)
        if frame.number >= header.frames:
            raise OSError(f"has {header.frames} frames, and none of number {frame.number}")
        return picture(path, frame.number, found.window)

    several = [found.headers[frame.scan.path].frames > 1 for frame in frames]
    return Samples(
        [_named(frame.scan.path, frame.number if more else None) for frame, more in zip(frames, several, strict=True)],
        _labels(frames),
        opened,
        _groups(frames, found),
        f"{stamp}/{found.settled}/{spec.frame}",
        encoded=True,
        values=lambda position: grey_values(frames[position].scan.path, frames[position].number),
    )


def _groups(frames: Sequence[_Frame], found: _Archive) -> tuple[str, ...] | None:
    """The patient of each image: what the table or its file's name says, else a number for its PatientID.

    Patients are numbered as they come, in all parts together. A file that cannot be read is a group of its own.
    """
    named = [frame.scan.group for frame in frames if frame.scan.group is not None]
    if named:
        return tuple(named)
    patients = dict.fromkeys(header.patient for header in found.headers.values() if header.patient)
    if not patients:
        return None
    numbers = {patient: f"patient {number}" for number, patient in enumerate(patients)}
    paths = [frame.scan.path for frame in frames]
    known = [found.headers[path].patient for path in paths]
    return tuple(numbers[own] if own else _named(path) for own, path in zip(known, paths, strict=True))


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
            yield window_note(found.window)
    kinds = Counter(header.why for header in found.headers.values() if header.why)
    if kinds:
        yield f"{kinds.total():,} files are no images: {shown([f'{why} ({count})' for why, count in kinds.items()])}"
