"""A page as a real browser shows it: Chromium, without a window."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_S = 300
VISITS = 4
SETTLED_MS = 20_000
"""What the page's own clock may run to; it stands still while the page waits for answers."""


def browser() -> str | None:
    """The program of a Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(frozen=True)
class Page:
    """The document after its scripts have run, and a picture of it (PNG)."""

    document: str
    picture: Path

    @property
    def text(self) -> str:
        """The words on the page, with single blanks between them."""
        without_code = re.sub(r"<(script|style)\b.*?</\1>", " ", self.document, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_code)).split())


def visited(address: str, folder: Path, shows: str = "") -> Page:
    """Open a page in a headless Chromium of its own, and wait until it has settled.

    Again, a few times, where it does not show what it is to show: on a busy machine some of it is not drawn yet.

    Raises:
        RuntimeError: there is no Chromium.
    """
    program = browser()
    if program is None:
        raise RuntimeError("there is no Chromium on the search path")
    picture = folder / "page.png"
    words = [program, "--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}"]
    words += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own does not work for root
    words += ["--window-size=1600,1000", f"--virtual-time-budget={SETTLED_MS}", f"--screenshot={picture}"]
    for _ in range(VISITS):
        done = subprocess.run(
            [*words, "--dump-dom", address],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=PATIENCE_S, check=True,
        )  # fmt: skip
        page = Page(done.stdout, picture)
        if shows in page.text:
            break
    return page
