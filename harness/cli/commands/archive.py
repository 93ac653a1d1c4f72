"""`harness archive`: pack a study's records into two files, small enough to commit, and its answer beside them."""

from __future__ import annotations

from pathlib import Path

from harness.analysis.answer import answer
from harness.analysis.choices import validated
from harness.analysis.study import read_study
from harness.cli.arguments import study_folder, words
from harness.cli.usage import BOOLEAN, CommandUsage, Key
from harness.cli.written import folder_for, in_checkout
from harness.execution.search.settings import JSON, MARKDOWN
from harness.records.archive import read_records, write_archive
from harness.records.store import STUDY, write_text
from harness.spec.errors import RequestError

USAGE = CommandUsage(
    (
        Key("study", None, "name of the study"),
        Key("out", "runs", "folder of the studies"),
        Key("to", "", "folder to write to; results/STUDY in a checkout, needed elsewhere"),
        Key("thin", "false", "only what the comparisons read", BOOLEAN),
    ),
    ("harness archive study=gap to=results/gap",),
)


def archive(arguments: list[str]) -> int:
    """`harness archive study=NAME [out=FOLDER] [to=FOLDER] [thin=true]`: records, study and report in one folder.

    A thin archive, for studies of many thousand runs, holds what the comparisons read: neither initial
    diagnostics nor curves nor predictions.

    Raises:
        RequestError: the folder holds no study, or no record of its configurations.
    """
    given = words("archive", arguments, USAGE)
    if given["thin"] not in ("true", "false"):
        raise RequestError(f"thin: true or false, got {given['thin']}")
    folder = study_folder(given["out"], given["study"])
    place = given["to"] or in_checkout(f"results/{given['study']}")
    if not place:
        raise RequestError("to: harness archive needs to=FOLDER, the folder to write into")
    target = Path(place)
    study = read_study(folder)
    configurations = set(study.cells)
    records = read_records(folder)
    ours = frozenset(record["run_id"] for record in records if record["cell_id"] in configurations)
    if not ours:
        raise RequestError(_nothing(folder, len(records), len(configurations)))
    metrics = frozenset({"top1", "val_top1", study.metric, f"val_{validated(study.metric)}"})
    folder_for(target)
    packed = write_archive(folder, target, ours, metrics if given["thin"] == "true" else None)
    for name in (STUDY, JSON, MARKDOWN):
        if (folder / name).is_file():  # a study that no search went before has neither of the last two
            write_text(target / name, (folder / name).read_text(encoding="utf-8"))
    answer(target)
    print(f"{packed} records in {target}")
    return 0


def _nothing(folder: Path, records: int, configurations: int) -> str:
    if not records:
        return f"study: {folder} holds no record, and there is nothing to pack; train its runs first"
    return (
        f"study: none of the {records} records in {folder} is of the {configurations} configurations that its {STUDY} "
        "names, so there is nothing to pack; start the study's own command again, which writes that file anew"
    )
