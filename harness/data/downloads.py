"""Where collections of data sets are kept on this machine, and how a file of one is fetched."""

from __future__ import annotations

import os
from pathlib import Path

from torchvision.datasets.utils import download_url

from harness.spec.errors import RequestError
from harness.spec.spec import Data

VARIABLE = "HARNESS_DATA"


def cache_folder() -> Path:
    """`HARNESS_DATA`, or a folder of the user's cache."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "harness" / "data"


def root_folder(spec: Data) -> Path:
    """The folder of a collection: `data.root`, or the cache."""
    return spec.root.expanduser() if spec.root is not None else cache_folder()


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
