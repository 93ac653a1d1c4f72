"""Folders of DICOM files: one scale of grey, patients stay together, no person's data is kept, faults have a line."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pydicom = pytest.importorskip("pydicom")


from harness.data.datasets._dicom_header import read_header  # noqa: E402
from harness.data.load import load  # noqa: E402
from harness.data.open import open_source  # noqa: E402
from harness.data.split import split  # noqa: E402
from harness.data.window import Window, parse  # noqa: E402
from tests.documented import BLOCK, TOP  # noqa: E402

from .dicom_files import PERSON, RAMP, archive, faults, spec, tabled, write  # noqa: E402

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_one_scale_holds_for_all_and_comes_from_the_training_part(tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans")
    write(folder / "train" / "clear" / "dark.dcm", np.full((16, 20), -700, np.int16), PatientID="x")
    write(folder / "val" / "opaque" / "bright.dcm", np.full((16, 20), 9000, np.int16), PatientID="y")
    asked = spec(folder)
    assert asked.window is not None
    window = parse(asked.window)
    assert isinstance(window, Window)
    assert window.center - window.width / 2 == -700
    assert window.center + window.width / 2 < 2000
    source = open_source(asked)
    levels = {name: np.asarray(source.train.open(place)).mean() for place, name in enumerate(source.train.names)}
    assert levels["train/clear/dark.dcm"] == 0
    assert 0 < levels["train/clear/000.dcm"] < levels["train/opaque/100.dcm"] < 255
    test = source.test()
    assert np.asarray(test.open(list(test.names).index("val/opaque/bright.dcm"))).min() == 255


def test_a_part_that_is_held_out_takes_no_part_in_the_scale(tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans", patients=6) / "train"
    source = open_source(spec(folder))
    before = spec(folder).window
    for name, moves in ((source.test().names[0], False), (source.train.names[0], True)):
        copy = shutil.copytree(folder, tmp_path / str(moves) / "train")
        changed = pydicom.dcmread(copy.parent / name)
        changed.PixelData = np.full((16, 20), 3000, np.int16).tobytes()
        changed.save_as(copy.parent / name)
        assert (spec(copy).window != before) is moves


def test_the_window_is_part_of_the_request_and_can_be_named(tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans", WindowCenter="100", WindowWidth="900")
    assert spec(folder).window == "stored"
    assert spec(folder, window="40,400").window == "40,400"
    ranged, cut = (parse(str(spec(folder, window=asked).window)) for asked in ("range", "5%,95%"))
    assert isinstance(ranged, Window)
    assert isinstance(cut, Window)
    assert cut.width < ranged.width


def test_patients_stay_together_without_being_told(tmp_path: Path) -> None:
    dataset = load(spec(archive(tmp_path / "scans", patients=6)))
    train, val = split(dataset.train, 0.3, 0)
    groups = dataset.train.groups
    assert groups is not None
    assert len(set(groups)) == 12
    assert not {groups[place] for place in train} & {groups[place] for place in val}
    assert groups[0] == "patient 0"  # a number, not the ID


def test_one_number_of_two_hospitals_is_two_patients(tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans", PatientID="7")
    for file in (folder / "train" / "opaque").iterdir():
        held = pydicom.dcmread(file)
        held.IssuerOfPatientID = "another hospital"
        held.save_as(file)
    groups = open_source(spec(folder)).train.groups
    assert groups == ("patient 0",) * 8 + ("patient 1",) * 8


def test_every_frame_is_an_image_of_its_patient(tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans", frames=3)
    dataset = load(spec(folder))
    assert len(dataset.train) == 2 * 4 * 2 * 3
    assert dataset.train.names is not None
    assert dataset.train.names[1] == "train/clear/000.dcm frame 1"
    assert dataset.train.groups is not None
    assert len(set(dataset.train.groups)) == 8
    one = open_source(spec(folder, frame=2))
    assert len(one.train) == 16
    whole = open_source(spec(folder, window=spec(folder, frame=2).window))
    assert np.array_equal(np.asarray(one.train.open(0)), np.asarray(whole.train.open(2)))


def test_files_without_an_ending_are_known_by_their_mark(tmp_path: Path) -> None:
    folder = archive(tmp_path / "scans")
    for file in sorted((folder / "train").rglob("*.dcm")):
        file.rename(file.with_name(f"1.2.840.{file.stem}"))
    (folder / "train" / "clear" / "LICENSE").write_text("no image")
    (folder / "train" / "clear" / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    assert len(open_source(spec(folder)).train) == 16


def test_nothing_that_a_run_leaves_names_a_person(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HARNESS_CACHE", "HARNESS_DATA"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    folder = archive(tmp_path / "scans")
    broken = write(folder / "train" / "clear" / "broken.dcm", RAMP, PatientID="train-clear-0")
    broken.write_bytes(broken.read_bytes()[:-40])
    asked = ["data=dicom", f"data.path={folder}", "data.size=16", "data.unreadable=skip", "recipe.epochs=1"]
    done = command(*asked, "transfer=linear_probe", "backbone=test_resnet", "device=cpu", f"out={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert "broken.dcm" in done.stderr
    left = [file for file in tmp_path.rglob("*") if file.is_file() and folder not in file.parents]
    assert {"records", "inspected"} & {part for file in left for part in file.parts}
    told = [done.stdout.encode(), done.stderr.encode(), *(file.read_bytes() for file in left)]
    names = [str(file.relative_to(tmp_path)).encode() for file in left]
    for secret in (PERSON, "Quixote", "15471009", "Cervantes", "train-clear-0", "val-opaque-1"):
        assert not any(secret.encode() in text for text in (*told, *names)), secret


def test_a_table_says_classes_and_parts_and_the_header_the_patients(tmp_path: Path) -> None:
    parts = ["train"] * 8 + ["val"] * 4 + ["test"] * 4
    folder = tabled(tmp_path, "label,split", lambda number: f"{'opaque' if number % 2 else 'clear'},{parts[number]}")
    source = open_source(spec(folder))
    assert source.classes == ("clear", "opaque")
    assert (len(source.train), len(source.test())) == (12, 4)
    assert source.train.validation is not None
    assert sum(source.train.validation) == 4
    assert source.train.groups is not None
    assert len(set(source.train.groups)) == 6
    highest = max(pydicom.dcmread(file).pixel_array.max() for file in [folder / "dicom" / f"{n}.dcm" for n in range(8)])
    window = parse(str(spec(folder).window))
    assert isinstance(window, Window)
    assert window.center + window.width / 2 == highest  # of the rows that are learnt from


def test_a_table_says_several_findings_of_a_file(tmp_path: Path) -> None:
    folder = tabled(tmp_path, "effusion,mass", lambda number: f"{number % 2},{int(number % 3 == 0)}")
    asked = spec(folder)
    assert asked.targets == "labels"
    source = open_source(asked)
    assert source.classes == ("effusion", "mass")
    train, test = set(source.train.groups or ()), set(source.test().groups or ())
    assert train
    assert test
    assert not train & test


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"train_split": "train"}, r"data\.train_split: has no effect beside a table"),
        ({"label_column": "mas"}, r"data\.label_column: labels\.csv has no 'mas'; .*mass"),
    ],
)
def test_keys_that_a_table_does_not_take_are_told(fields: dict[str, Any], said: str, tmp_path: Path) -> None:
    folder = tabled(tmp_path, "effusion,mass", lambda number: f"{number % 2},{int(number % 3 == 0)}")
    (line,) = faults(folder, **fields)
    assert re.match(said, line)


def test_a_column_of_labels_needs_a_table(tmp_path: Path) -> None:
    (line,) = faults(archive(tmp_path / "scans"), label_column="mass")
    assert line == "data.label_column: has no effect without a table (CSV)"


def test_where_no_file_names_a_patient_it_is_told(tmp_path: Path) -> None:
    source = open_source(spec(archive(tmp_path / "scans", PatientID=None)))
    assert source.train.groups is None
    assert any(note.startswith("Warning: no file has a PatientID") for note in source.notes)


def test_a_folder_of_plain_images_is_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "pets" / "train" / name).mkdir(parents=True)
        Image.new("L", (8, 8)).save(tmp_path / "pets" / "train" / name / "x.png")
    (line,) = faults(tmp_path / "pets")
    assert line.startswith("data.path: no images in train/ for a")


def test_the_commands_of_the_page_go_from_a_folder_to_an_answer(command: Command, tmp_path: Path) -> None:
    page = (TOP / "docs" / "medical.md").read_text(encoding="utf-8")
    commands = [shlex.split(line)[1:] for line in BLOCK.findall(page) if line.startswith("harness ")]
    assert len(commands) == 2
    commands[-1] += re.findall(r"`(metrics=\S+ metrics\.specificity=\S+)`", page)[0].split()
    archive(tmp_path / "scans", patients=6)
    for words in commands:
        ended = command(*words)
        assert ended.returncode == 0, ended.stderr
        assert "48 files of 24 patients" in ended.stdout + ended.stderr
    assert "new nn.Linear" in ended.stdout


def test_a_header_is_read_once_and_again_when_the_file_is_another(tmp_path: Path) -> None:
    file = write(tmp_path / "a.dcm", RAMP, Modality="CT")
    assert read_header(file) is read_header(file)
    write(file, RAMP, Modality="MR", PatientComments="longer")
    assert read_header(file).modality == "MR"
