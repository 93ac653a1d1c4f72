"""Where a companion's text goes: onto the terminal, or into the file that `to` names."""

from __future__ import annotations

from pathlib import Path


def write(text: str, to: str) -> None:
    """Print the text, or write it into a file, folders made as needed, and print where it lies."""
    if not to:
        print(text)
        return
    target = Path(to)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(target)
