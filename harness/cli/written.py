"""Where a companion's text goes: onto the terminal, or into the file or folder that `to` names."""

from __future__ import annotations

from pathlib import Path

from harness.records.store import require_writable, write_text
from harness.spec.errors import RequestError, StorageError
from harness.spec.paths import configuration_folder


def in_checkout(place: str) -> str:
    """The place there that is meant where none is named; empty elsewhere, where nothing is written unasked."""
    top = configuration_folder().parent
    inside = (top / "pyproject.toml").is_file() and Path.cwd() == top.resolve()
    return place if inside else ""


def write(text: str, to: str) -> None:
    """Print the text, or write it into a file, folders made as needed, and print where it lies.

    Raises:
        RequestError: it cannot be written; what was there still is.
    """
    if not to:
        print(text)
        return
    print(saved(text + "\n", to))


def saved(text: str, to: str) -> Path:
    """Write the text into a file, folders made as needed; returns its path.

    Raises:
        RequestError: it cannot be written; what was there still is.
    """
    try:
        write_text(Path(to), text)
    except StorageError as error:
        raise RequestError(f"to: {error}; name another file") from error
    return Path(to)


def folder_for(folder: Path) -> Path:
    """The folder, made as needed, that a command is about to write into; it is by the key `to` that it can be chosen.

    Raises:
        RequestError: nothing can be written there, as in a read-only checkout.
    """
    try:
        require_writable(folder)
    except StorageError as error:
        raise RequestError(f"{error}; to=FOLDER names another folder") from error
    return folder
