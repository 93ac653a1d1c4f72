"""The documentation site's source: the pages of `docs/`, the reference, and all files that they link to.

    python -m harness.dev.site

writes it to `build/docs`, from which `make docs` builds the site. Pages link to files of the whole project, as a code
host shows them; a site holds what lies in its own folder alone. So linked files come along, those that they link to as
well, and links are made to fit. A link to a folder becomes plain text.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from harness.dev import reference

TOP = Path(__file__).parent.parent.parent
DOCS = TOP / "docs"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def main() -> None:
    """Write the source anew."""
    write(TOP / "build" / "docs")


def write(folder: Path) -> None:
    """Write the site's source into `folder`; what was there goes.

    Raises:
        FileNotFoundError: a page links to what does not exist.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reference.write(folder / "reference")
    waiting = sorted(each for each in DOCS.rglob("*") if each.is_file())
    done: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in done:
            continue
        done.add(file)
        copy = folder / placed(file)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            text, linked = fitted(file)
            copy.write_text(text, encoding="utf-8")
            waiting += linked
        else:
            shutil.copyfile(file, copy)


def placed(file: Path) -> Path:
    """Where a file of the project lies in the site's source: a page of `docs/` at the top, all else by its own path."""
    return file.relative_to(DOCS if file.is_relative_to(DOCS) else TOP)


def fitted(page: Path) -> tuple[str, list[Path]]:
    """A page with its links made to fit the site, and the files that these lead to.

    Raises:
        FileNotFoundError: a link leads to nothing.
    """
    linked: list[Path] = []
    text = page.read_text(encoding="utf-8")
    code = [found.span() for found in CODE.finditer(text)]

    def fit(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        path, _, anchor = target.partition("#")
        if not path or "://" in path or path.startswith("mailto:") or any(a < found.start() < b for a, b in code):
            return found[0]
        file = (page.parent / path).resolve()
        if not file.exists():
            raise FileNotFoundError(f"{page.relative_to(TOP)}: there is no {path}")
        if file.is_dir():
            return words
        linked.append(file)
        there = os.path.relpath(placed(file), placed(page).parent)
        return f"{mark}[{words}]({there}{f'#{anchor}' if anchor else ''})"

    return LINK.sub(fit, text), linked


if __name__ == "__main__":
    main()
