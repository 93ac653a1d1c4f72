"""`harness atlas`: how does each architecture initialise its head? Measured, as a table."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cli.arguments import words
from harness.cli.packages import prefer
from harness.cli.usage import BOOLEAN, CommandUsage, Key
from harness.cli.written import folder_for, in_checkout
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

LIBRARIES = "harness.diagnose.atlas.libraries"

USAGE = CommandUsage(
    (
        Key("name", "*", "pattern of architectures, such as 'mobilenet*'"),
        Key("library", "", "timm, torchvision, or both with a comma; both by default"),
        Key("to", "", "folder of tables and page; results/atlas in a checkout, elsewhere nothing is kept"),
        Key("timm.path", "", "folder of another release of timm, from pip install --target FOLDER --no-deps"),
        Key("force", "false", "measure again what the tables hold", BOOLEAN),
    ),
    (
        "harness atlas 'name=mobilenetv3*'",
        "harness atlas library=torchvision to=atlas",
    ),
)


def atlas(arguments: list[str]) -> int:
    """`harness atlas [name=PATTERN] [library=timm,torchvision] [to=FOLDER] [timm.path=FOLDER] [force=false]`.

    What the tables in `to` lack is measured, about a second an architecture; then the rows that the pattern names are
    printed. Returns 1 where some could not be built.
    """
    given = words("atlas", arguments, USAGE)
    if given["force"] not in ("true", "false"):
        raise RequestError(f"force: must be true or false, got {given['force']}")
    other = given["timm.path"]
    libraries = (given["library"] or ("timm" if other else "timm,torchvision")).split(",")
    wrong = [name for name in libraries if name not in variants(LIBRARIES)]
    if wrong:
        raise RequestError(f"library: there is no '{wrong[0]}'; {suggest(wrong[0], variants(LIBRARIES))}")
    if other:
        prefer("timm", Path(other))

    from harness.diagnose.atlas.job import carry_out, named
    from harness.diagnose.atlas.page import publish
    from harness.diagnose.atlas.row import table

    asked = named([load_variant(LIBRARIES, name)() for name in libraries], given["name"])
    kept = given["to"] or in_checkout("results/atlas")
    failed = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="atlas-"))) if not kept else folder_for(Path(kept))
        for library, architectures in asked:
            done = carry_out(library, architectures, folder, given["force"] == "true")
            failed += len(done.failed)
            print(table(f"{library.name} {library.version}", done.asked))
            if kept:
                print(
                    f"{done.path}: {done.measured} architectures measured, {done.known} were measured already, "
                    f"{len(done.failed)} could not be built; {done.listed} are listed"
                )
        if kept:
            print(f"Page: {publish(folder)}")
    return 1 if failed else 0
