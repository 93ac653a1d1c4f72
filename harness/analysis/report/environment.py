"""How templates are read, for the report and for other pages."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape


def environment(folder: Path, html: bool) -> Environment:
    """The templates of a folder. HTML is escaped, with a filter `code`; Markdown has a filter `cell`."""
    found = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,
        keep_trailing_newline=not html,
    )
    found.filters |= {"code": _code, "cell": _cell}
    return found


def _code(text: str) -> Markup:
    """What stands between backquotes as code, all else escaped."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _cell(text: object) -> str:
    """What may stand in a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")
