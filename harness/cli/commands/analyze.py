"""`harness analyze`: what is this data set, and what follows from it?"""

from __future__ import annotations

from harness.cli.requests import request, take
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import write
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

FORMATS = "harness.diagnose.analyze.formats"

USAGE = CommandUsage(
    (
        Key("format", "text", "how it is written", variants(FORMATS)),
        Key("to", "", "file to write to"),
    ),
    (
        "harness analyze data=digits",
        "harness analyze data=imagefolder data.path=FOLDER format=html to=page.html",
    ),
    run="the keys that choose the data",
)


def analyze(arguments: list[str]) -> int:
    """`harness analyze [the keys of a run] [format=text|json|html] [to=FILE]`: nothing is trained, no model is built.

    The HTML page holds its pictures, and needs no other file.
    """
    given, overrides = take(arguments, USAGE)
    known = variants(FORMATS)
    if given["format"] not in known:
        raise RequestError(f"format: there is no '{given['format']}'; {suggest(given['format'], known)}")
    spec = request(overrides).spec

    from harness.diagnose.analyze.analysis import analyze as look  # torch and timm take seconds to import

    written = load_variant(FORMATS, given["format"])(look(spec, tuple(overrides)))
    write(written, given["to"])
    return 0
