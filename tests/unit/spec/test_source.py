"""What of the user's own code makes a run another one."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.spec.fingerprint import sources

TOP = "import torch\nfrom .layers import head\nfrom harness.spec.spec import Spec\n\nSCALE = 1\n\n\n"
CALLED = "def build(num_classes):\n    from studio import late\n    return helper(), head, late\n\n\n"
HELPER = "def helper():\n    return SCALE\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "studio"
    folder.mkdir()
    for name, text in (
        ("__init__.py", "NAME = 1\n"),
        ("models.py", TOP + CALLED + HELPER),
        ("layers.py", "import studio.deep\n\nhead = studio.deep.WIDTH\n"),
        ("deep.py", "WIDTH = 8\n"),
        ("late.py", "RATE = 0.1\n"),
        ("unused.py", "OTHER = 1\n"),
    ):
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "studio"]:
        del sys.modules[name]


def _print(folder: Path) -> str:
    """In a process of its own, as every command is."""
    code = "from harness.spec.fingerprint import fingerprint_function as f; print(f('studio.models.build'))"
    place = {**os.environ, "PYTHONPATH": f"{Path(__file__).parents[3]}{os.pathsep}{folder.parent}"}
    done = subprocess.run([sys.executable, "-c", code], env=place, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_local_modules_are_followed_and_installed_ones_are_not(package: Path) -> None:
    importlib.invalidate_caches()
    assert set(sources("studio.models")) == {"studio", "studio.models", "studio.layers", "studio.deep", "studio.late"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("models.py", "return SCALE", "return -SCALE"),
        ("models.py", "SCALE = 1", "SCALE = 2"),
        ("deep.py", "WIDTH = 8", "WIDTH = 9"),
        ("late.py", "0.1", "0.2"),
        ("__init__.py", "NAME = 1", "NAME = 2"),
    ],
)
def test_a_changed_helper_makes_another_print(package: Path, name: str, old: str, new: str) -> None:
    before = _print(package)
    file = package / name
    file.write_text(file.read_text().replace(old, new))
    assert _print(package) != before


def test_place_line_ends_and_what_is_not_imported_do_not_count(package: Path, tmp_path: Path) -> None:
    before = _print(package)
    (package / "unused.py").write_text("OTHER = 2\n")
    elsewhere = tmp_path / "other" / "studio"
    elsewhere.parent.mkdir()
    package.rename(elsewhere)
    models = elsewhere / "models.py"
    models.write_bytes(models.read_bytes().replace(b"\n", b"\r\n"))
    assert _print(elsewhere) == before


def test_of_an_installed_package_its_own_module_and_version_count() -> None:
    found = sources("timm")
    assert set(found) == {"timm", "version timm"}
