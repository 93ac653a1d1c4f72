"""`harness atlas`: how every architecture's head is born, measured; a table and a page to search."""

from __future__ import annotations

from pathlib import Path

from harness.cli.arguments import words
from harness.cli.packages import prefer
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

LIBRARIES = "harness.atlas.libraries"


def atlas(arguments: list[str]) -> int:
    """`harness atlas [name=PATTERN] [library=timm,torchvision] [to=results/atlas] [timm.path=FOLDER] [force=false]`.

    `timm.path` measures another release of timm: the folder that holds its package. 1 where some could not be built.
    """
    defaults = {"name": "*", "library": "", "to": "results/atlas", "timm.path": "", "force": "false"}
    given = words("atlas", arguments, dict(defaults))
    if given["force"] not in ("true", "false"):
        raise RequestError(f"force: must be true or false, got {given['force']}")
    other = given["timm.path"]
    libraries = (given["library"] or ("timm" if other else "timm,torchvision")).split(",")
    wrong = [name for name in libraries if name not in variants(LIBRARIES)]
    if wrong:
        raise RequestError(f"library: there is no '{wrong[0]}'; {suggest(wrong[0], variants(LIBRARIES))}")
    if other:
        prefer("timm", Path(other))

    from harness.atlas.job import carry_out
    from harness.atlas.page import publish

    folder, failed = Path(given["to"]), 0
    for name in libraries:
        done = carry_out(load_variant(LIBRARIES, name)(), given["name"], folder, given["force"] == "true")
        failed += len(done.failed)
        print(
            f"{done.path}: {done.measured} architectures measured, {done.known} were measured already, "
            f"{len(done.failed)} could not be built; {done.listed} are listed"
        )
    print(f"Page: {publish(folder)}")
    return 1 if failed else 0
