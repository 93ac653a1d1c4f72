"""Another release of a library, put before the installed one."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from harness.spec.errors import RequestError


def prefer(package: str, folder: Path) -> None:
    """Put the release that lies in `folder` first on the import path.

    Raises:
        RequestError: the folder holds no such package.
    """
    if not (folder / package / "__init__.py").is_file():
        raise RequestError(
            f"{package}.path: {folder} holds no package {package}; install one with pip's --target FOLDER --no-deps"
        )
    sys.path.insert(0, str(folder.resolve()))
    warnings.simplefilter("ignore", FutureWarning)  # an older release uses what torch has since deprecated
