"""Fetching a file of a collection: with progress, checked, and told how to do it by hand where that fails."""

from __future__ import annotations

from pathlib import Path

from torchvision.datasets.utils import download_url

from harness.spec.errors import RequestError


def fetch(url: str, file: Path, md5: str | None) -> None:
    """Download to `file`; a file that is there already and whose MD5 agrees is kept.

    Raises:
        RequestError: there is no network, or what came is not the file.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        download_url(url, str(file.parent), part.name, md5)
        part.replace(file)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise RequestError(
            f"data.download: {file.name} cannot be fetched ({error}); put {file.name} from {url.partition('?')[0]} "
            f"into {file.parent} by hand"
        ) from None
