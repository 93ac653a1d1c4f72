"""The documentation: every link and anchor leads somewhere, every page is in the site, and the site builds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from harness import __version__
from harness.cli.usage import commands, usage
from harness.dev import site
from harness.spec.spec import Spec

TOP = site.TOP
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "CHANGELOG.md", *sorted(site.DOCS.rglob("*.md"))]
README_LINES = 120


def links(text: str) -> Iterator[str]:
    """What a page links to, pictures included; what stands in code is no link."""
    plain = re.sub(site.CODE, "", text)
    for _, _, target in site.LINK.findall(plain):
        yield target
    yield from re.findall(r'(?:src|srcset|href)="([^"]+)"', plain)


def anchors(text: str) -> set[str]:
    """Of each heading, as code hosts and Python-Markdown name it."""
    headings = re.findall(r"^#+ +(.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", each.lower()).strip()) for each in headings}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site's source, written anew."""
    folder = tmp_path_factory.mktemp("site")
    site.write(folder)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_and_anchor_leads_somewhere(page: Path) -> None:
    for target in links(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


def test_every_link_of_the_site_stays_in_the_site(source: Path) -> None:
    pages = list(source.rglob("*.md"))
    assert len(pages) > 40
    for page in pages:
        for target in links(page.read_text(encoding="utf-8")):
            path = target.partition("#")[0]
            if path and "://" not in path and not target.startswith("data:"):
                assert (page.parent / path).resolve().is_relative_to(source), (page.name, target)
                assert (page.parent / path).exists(), (page.name, target)


def test_the_site_shows_every_page_once(source: Path) -> None:
    def named(nav: object) -> Iterator[str]:
        if isinstance(nav, str):
            yield nav
        elif isinstance(nav, dict | list):
            for each in nav.values() if isinstance(nav, dict) else nav:
                yield from named(each)

    with (TOP / "zensical.toml").open("rb") as file:
        shown = list(named(tomllib.load(file)["project"]["nav"]))
    pages = {str(each.relative_to(site.DOCS)) for each in site.DOCS.rglob("*.md")}
    pages |= {str(each.relative_to(source)) for each in (source / "reference").glob("*.md")}
    assert sorted(shown) == sorted(pages)


def test_the_reference_names_every_key_and_companion(source: Path) -> None:
    keys = (source / "reference" / "configuration.md").read_text(encoding="utf-8")
    for group, field in Spec.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        for key in inner if inner is not None else [""]:
            if key not in ("label", "fingerprint", "reading", "targets"):
                assert f"`{group}.{key}`" in keys or f"`{group}`" in keys
    for line in keys.splitlines():
        if line.startswith("| `") and line.split("|")[1].strip().strip("`").partition(".")[0] in Spec.model_fields:
            assert line.rsplit(" | ", 1)[1].strip(" |"), f"says nothing: {line}"
    companions = (source / "reference" / "companions.md").read_text(encoding="utf-8")
    for name in commands():
        assert f"\n## {name}\n" in companions
        assert all(f"| `{key.name}` |" in companions for key in usage(name).keys)


def test_the_readme_is_short() -> None:
    assert len((TOP / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_all_name_one_version() -> None:
    def first(page: str, pattern: str) -> str:
        found = re.search(pattern, (TOP / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert found is not None, page
        return found[1]

    assert first("CITATION.cff", r"^version: (.*)$") == __version__
    assert first("CHANGELOG.md", r"^## \[([\d.]+)\]") == __version__
    for page in ("README.md", "docs/install.md"):
        assert first(page, r"model_creation_harness-([\d.]+)-py3") == __version__


class Addresses(HTMLParser):
    """What a page fetches or links to."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.linked: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name == "src" or (name == "href" and tag == "link"):
                self.fetched.append(value or "")
            elif name == "href" and tag == "a":
                self.linked.append(value or "")


@pytest.mark.long
def test_the_site_is_built_and_fetches_nothing(source: Path, tmp_path: Path) -> None:
    """All pages, with no warning; fonts, scripts and pictures lie in it, and anchors are there."""
    pytest.importorskip("zensical")
    settings = (TOP / "zensical.toml").read_text(encoding="utf-8").replace('"build/docs"', '"source"')
    (tmp_path / "zensical.toml").write_text(settings, encoding="utf-8")
    shutil.copytree(source, tmp_path / "source")
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    read: dict[Path, Addresses] = {}
    for page in (tmp_path / "site").rglob("*.html"):
        read[page] = Addresses()
        read[page].feed(page.read_text(encoding="utf-8"))
    assert len(read) > 40
    for page, found in read.items():
        if page.name == "404.html":
            continue  # written for the top of a server
        for address in found.fetched:
            assert "//" not in address.replace("data:", ""), (page.name, address)
        for address in found.linked:
            path, _, anchor = address.partition("#")
            if "://" in path or "results" in page.parts:
                continue
            file = (page.parent / unquote(path)).resolve() if path else page
            assert file.exists(), (page.name, address)
            assert not anchor or file.suffix != ".html" or unquote(anchor) in read[file].ids, (page.name, address)
