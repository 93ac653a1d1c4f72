"""What of the user's own code makes a run another one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.spec.fingerprint import fingerprint_function, sources
from tests.command import forked

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


@pytest.fixture
def printed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """The print of `studio.models.build` beside a folder, by a process of its own, as every command is."""
    captured = tmp_path_factory.mktemp("captured")

    def by(folder: Path) -> str:
        def call() -> None:
            sys.path.insert(0, str(folder.parent))
            print(fingerprint_function("studio.models.build"))

        done = forked(call, ["fingerprint"], folder, captured)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return by


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
def test_a_changed_helper_makes_another_print(
    package: Path, name: str, old: str, new: str, printed: Callable[[Path], str]
) -> None:
    before = printed(package)
    file = package / name
    file.write_text(file.read_text().replace(old, new))
    assert printed(package) != before


def test_place_line_ends_and_what_is_not_imported_do_not_count(
    package: Path, tmp_path: Path, printed: Callable[[Path], str]
) -> None:
    before = printed(package)
    (package / "unused.py").write_text("OTHER = 2\n")
    elsewhere = tmp_path / "other" / "studio"
    elsewhere.parent.mkdir()
    package.rename(elsewhere)
    models = elsewhere / "models.py"
    models.write_bytes(models.read_bytes().replace(b"\n", b"\r\n"))
    assert printed(elsewhere) == before


def test_of_an_installed_package_its_own_module_and_version_count() -> None:
    found = sources("timm")
    assert set(found) == {"timm", "version timm"}
