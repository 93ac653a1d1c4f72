"""A reader who meets a class by its name knows which one is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import harness

ROOT = Path(harness.__file__).parent


def owners(root: Path) -> dict[str, list[str]]:
    """The modules that define each public class, by the name of the class."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(file.relative_to(root)))
    return found


def test_a_public_class_name_is_defined_once() -> None:
    shared = {name: files for name, files in owners(ROOT).items() if len(files) > 1}
    assert not shared, "\n".join(f"{name} is defined in {', '.join(files)}" for name, files in sorted(shared.items()))


def test_two_modules_that_define_the_same_class_are_both_listed(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Same: ...\nclass _Private: ...\n", encoding="utf-8")
    (tmp_path / "two.py").write_text("def make():\n    class Same: ...\nclass _Private: ...\n", encoding="utf-8")
    assert owners(tmp_path) == {"Same": ["one.py", "two.py"]}
