"""`harness ways`: what does each library's way to a classifier make of one architecture? Measured, side by side."""

from __future__ import annotations

import fnmatch
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cli.arguments import words
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import folder_for, in_checkout
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

LIBRARIES = "harness.diagnose.atlas.libraries"

USAGE = CommandUsage(
    (
        Key("name", "*", "pattern of architectures by timm's names, such as 'mobilenet*'"),
        Key(
            "library",
            "",
            "some of timm, torchvision, transformers, transformers_timm, fastai; those installed by default",
        ),
        Key(
            "to",
            "",
            "folder of the atlas's tables and the page; results/atlas in a checkout, elsewhere nothing is kept",
        ),
    ),
    (
        "harness ways name=resnet50",
        "harness ways 'name=efficientnet*' library=timm,torchvision",
    ),
)


def ways(arguments: list[str]) -> int:
    """`harness ways [name=PATTERN] [library=timm,transformers,...] [to=FOLDER]`.

    What the atlas's tables lack is measured first. Returns 0.
    """
    given = words("ways", arguments, USAGE)
    known = variants(LIBRARIES)
    asked = given["library"].split(",") if given["library"] else list(known)
    wrong = [name for name in asked if name not in known]
    if wrong:
        raise RequestError(f"library: there is no '{wrong[0]}'; {suggest(wrong[0], known)}")

    from harness.diagnose.atlas.job import carry_out
    from harness.diagnose.atlas.shared import shared
    from harness.diagnose.atlas.ways import names_in, rows
    from harness.diagnose.atlas.ways_page import publish, table

    names = {each.timm for each in shared()}
    chosen = [each for each in shared() if fnmatch.fnmatch(each.timm, given["name"])]
    if not chosen:
        raise RequestError(f"name: no shared architecture is called '{given['name']}'; {suggest(given['name'], names)}")
    kept = given["to"] or in_checkout("results/atlas")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ways-"))) if not kept else folder_for(Path(kept))
        tables = {}
        for name in asked:
            try:
                library = load_variant(LIBRARIES, name)()
            except RequestError as missing:
                if given["library"]:
                    raise
                print(f"left out: {missing}")
                continue
            done = carry_out(library, names_in(library, chosen), folder)
            tables[name] = {row["name"]: row for row in done.asked}
        found = rows(tables, chosen)
        print(table(found))
        if kept and len(chosen) == len(names):
            print(f"Page: {publish(folder, found)}")
    return 0
