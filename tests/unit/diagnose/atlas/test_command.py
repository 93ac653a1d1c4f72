"""`harness atlas` from the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.commands.atlas import atlas
from harness.spec.errors import RequestError


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("library=tim", "library: there is no 'tim'; did you mean timm"),
        ("name=no_such_model", "name: timm .* and torchvision .* have no 'no_such_model'"),
        ("force=yes", "force: must be true or false, got yes"),
        ("timm.path=/nowhere", "timm.path: /nowhere holds no package timm"),
    ],
)
def test_a_wrong_request_is_told(argument: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=message):
        atlas([argument, f"to={tmp_path}"])


def test_it_leaves_a_table_its_coverage_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["library=timm", "name=test_resnet", f"to={tmp_path}"]
    assert atlas(words) == 0
    assert "1 architectures measured, 0 were measured already, 0 could not be built" in capsys.readouterr().out
    assert atlas(words) == 0
    assert "0 architectures measured, 1 were measured already" in capsys.readouterr().out
    [coverage] = tmp_path.glob("timm-*.json")
    assert json.loads(coverage.read_text())["measured"] == 1
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=[\"']?https?:", page)
    data = re.search(r"^const DATA = (.*);$", page, re.MULTILINE)
    assert data is not None
    [[row]] = json.loads(data.group(1)).values()
    assert row[0] == "test_resnet"


@pytest.mark.slow
def test_another_release_is_measured_from_its_folder(tmp_path: Path) -> None:
    """A stand-in for an older release: the same package under another version."""
    import timm

    release = tmp_path / "release"
    release.mkdir()
    (release / "timm").mkdir()
    installed = Path(timm.__file__).parent
    for entry in installed.iterdir():
        if entry.name not in ("__init__.py", "version.py", "__pycache__"):
            (release / "timm" / entry.name).symlink_to(entry)
    (release / "timm" / "__init__.py").write_text((installed / "__init__.py").read_text())
    (release / "timm" / "version.py").write_text("__version__ = '0.0.1'\n")
    words = ["atlas", "name=test_resnet", f"timm.path={release}", f"to={tmp_path}"]
    ended = subprocess.run([sys.executable, "-m", "harness", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "timm-0.0.1.csv").exists()
