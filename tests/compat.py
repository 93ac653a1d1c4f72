"""`python -m tests.compat [lowest newest]`: do the ranges of pyproject.toml hold at both of their ends?

Resolves the project's requirements, extras included, once to the lowest versions that its own ranges allow and once to
the newest that there are, installs each into an environment of its own below `build/compat`, and runs the core of the
suite there. `make compat` does so; `--python` names another interpreter. What has been installed is taken again as long
as the resolution is the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = Path("build/compat")
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
"""What each is called by uv. What the project's own requirements bring along is the newest in both."""

LEFT_OUT = ("ray",)
"""Extras that cannot stand beside the others."""

CORE = (
    "tests/golden",
    "tests/invariants/test_closure.py",
    "tests/unit/analysis/test_report.py",
    "tests/unit/data/test_data_cache.py",
    "tests/unit/data/test_data_huggingface.py",
    "tests/unit/data/test_data_imagefolder.py",
    "tests/unit/data/test_data_medmnist.py",
    "tests/unit/data/test_dicom.py",
    "tests/unit/data/test_dicom_pixels.py",
    "tests/unit/diagnose/export/test_export.py",
    "tests/unit/integrations",
    "tests/unit/data/metrics",
    "tests/unit/model",
    "tests/unit/training/recipe",
    "tests/unit/records",
    "tests/unit/execution/search",
    "tests/unit/spec",
    "tests/unit/execution/mlflow/test_check.py",
    "tests/unit/execution/mlflow/test_fields.py",
    "tests/unit/execution/mlflow/test_mlflow.py",
    "tests/unit/execution/mlflow/test_pages.py",
    "tests/unit/execution/mlflow/test_view.py",
    "tests/unit/data/transforms",
    "tests/engines/test_engines.py",
)
"""Where each library that the project names is put to use."""


def extras(pyproject: Path) -> list[str]:
    """The extras that are tried."""
    with pyproject.open("rb") as file:
        known = tomllib.load(file)["project"]["optional-dependencies"]
    return [name for name in known if name not in LEFT_OUT]


def resolved(pyproject: Path, resolution: str, python: str) -> str:
    """Name and version of each package of a resolution, one a line."""
    wanted = [word for extra in extras(pyproject) for word in ("--extra", extra)]
    quiet = ("--quiet", "--no-header", "--no-annotate", "--resolution", RESOLUTIONS[resolution])
    return _uv("pip", "compile", *quiet, "--python", python, *wanted, str(pyproject), capture=True)


def environment(name: str, packages: str, python: str) -> Path:
    """The Python of an environment that holds these packages and this project, made anew where it does not."""
    folder = FOLDER / name
    made, stamp = folder / "bin" / "python", folder / "packages.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != packages:
        _uv("venv", "--quiet", "--clear", "--python", python, str(folder))
        asked = folder / "asked.txt"
        asked.write_text(packages, encoding="utf-8")
        _uv("pip", "install", "--quiet", "--python", str(made), "--requirements", str(asked))
        _uv("pip", "install", "--quiet", "--python", str(made), "--no-deps", "--editable", ".")
        asked.rename(stamp)
    return made


def core(python: Path) -> int:
    """Run the core of the suite there; returns pytest's exit code."""
    command = [str(python.absolute()), "-m", "pytest", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", *CORE]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, env=kept, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the ends that are named, by default both; 1 where one does not resolve, install or pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat", description=main.__doc__)
    parser.add_argument("resolutions", nargs="*", metavar="END", help=f"of {', '.join(RESOLUTIONS)}")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the environments")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.resolutions) - set(RESOLUTIONS)):
        parser.error(f"there is no {unknown[0]}; use {' or '.join(RESOLUTIONS)}")
    os.chdir(ROOT)
    ended = {}
    for name in asked.resolutions or RESOLUTIONS:
        try:
            packages = resolved(Path("pyproject.toml"), name, asked.python)
            python = environment(name, packages, asked.python)
        except subprocess.CalledProcessError as error:
            ended[name] = f"cannot be installed: uv ended with {error.returncode}"
            continue
        print(f"{name}: {' '.join(packages.split())}", flush=True)
        code = core(python)
        ended[name] = "passes" if code == 0 else f"fails: pytest ended with {code}"
    for name, how in ended.items():
        print(f"{name}: {how}", file=sys.stderr)
    return 0 if all(how == "passes" for how in ended.values()) else 1


def _uv(*arguments: str, capture: bool = False) -> str:
    """What uv prints; errors go to the terminal.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "uv", *arguments]
    out = subprocess.PIPE if capture else None
    return subprocess.run(command, stdout=out, text=True, check=True).stdout or ""


if __name__ == "__main__":
    sys.exit(main())
