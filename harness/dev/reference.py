"""The site's reference pages, from the code itself: every key of a run, every companion, public Python."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from harness.cli.compose import CONFIGURATION
from harness.cli.usage import CommandUsage, commands, purpose, usage
from harness.diagnose.audit import check
from harness.records.archive import read_records
from harness.records.record import Record
from harness.records.store import read_record
from harness.spec.paths import configuration_folder
from harness.spec.spec import Spec
from harness.training.run import run

SETTLED = ("label", "fingerprint", "reading", "targets")
"""Fields that the program fills in from the files."""
PUBLIC = {
    "harness.check": check,
    "harness.training.run.run": run,
    "harness.records.record.Record": Record,
    "harness.records.store.read_record": read_record,
    "harness.records.archive.read_records": read_records,
}


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"configuration": configuration_page(), "companions": companions_page(), "python": python_page()}
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def configuration_page() -> str:
    """Every key of `conf/config.yaml` with its default, its type and what it means."""
    file = configuration_folder() / f"{CONFIGURATION}.yaml"
    text = file.read_text(encoding="utf-8")
    read = OmegaConf.to_container(OmegaConf.create(text))
    assert isinstance(read, dict)
    chosen = read["defaults"]
    defaults = {str(name): value for name, value in read.items() if name not in ("defaults", "hydra")}
    choice = {group: name for each in chosen if isinstance(each, dict) for group, name in each.items()}
    lines = ["# Every key", "", "Written from `conf/` and the typed spec when this site is built."]
    lines += ["A key is set as `GROUP.KEY=VALUE`; `harness --cfg job` shows the values of a run.", "", "## Groups", ""]
    lines += [
        "`GROUP=CHOICE` picks a file of `conf/GROUP/`.",
        "",
        "| group | default | choices |",
        "| --- | --- | --- |",
    ]
    for group in sorted(each for each in choice if not each.startswith("override")):
        found = sorted(each.stem for each in (configuration_folder() / group).glob("*.yaml"))
        lines.append(f"| `{group}` | `{choice[group]}` | {', '.join(f'`{each}`' for each in found)} |")
    single: list[str] = []
    comments = dict(re.findall(r"^ *(\w+):[^#\n]*# (.+)$", text, re.MULTILINE))
    for name in sorted({*defaults, *Spec.model_fields}):
        field = Spec.model_fields.get(name)
        part = field.annotation if field is not None else None
        if isinstance(part, type) and issubclass(part, BaseModel):
            lines += [
                "",
                f"## {name}",
                "",
                *_told(part),
                "| key | default | type | meaning |",
                "| --- | --- | --- | --- |",
            ]
            lines += [_row(f"{name}.{key}", each) for key, each in part.model_fields.items() if key not in SETTLED]
        elif isinstance(defaults.get(name), dict):
            lines += ["", f"## {name}", "", "| key | default | meaning |", "| --- | --- | --- |"]
            lines += [
                f"| `{name}.{key}` | {_shown(value)} | {_cell(comments.get(key, ''))} |"
                for key, value in defaults[name].items()
            ]
        else:
            default = defaults.get(name, field.default if field is not None else None)
            meaning = (field.description if field is not None else None) or comments.get(name, "")
            single.append(f"| `{name}` | {_shown(default)} | {_cell(meaning)} |")
    lines += ["", "## Keys without a group", "", "| key | default | meaning |", "| --- | --- | --- |", *single]
    return "\n".join(lines) + "\n"


def companions_page() -> str:
    """What `harness COMMAND --help` says of each companion."""
    lines = [
        "# Every companion",
        "",
        "What `harness COMMAND --help` says.",
    ]
    for name in commands():
        told: CommandUsage = usage(name)
        lines += ["", f"## {name}", "", f"{purpose(name)[:1].upper()}{purpose(name)[1:]}", ""]
        lines += [f"Takes {told.run} besides.", ""] if told.run else []
        if told.keys:
            lines += ["| key | default | meaning |", "| --- | --- | --- |"]
            lines += [f"| `{key.name}` | {_shown(key.value)} | {_cell(_with_choices(key))} |" for key in told.keys]
        lines += ["", "```bash", *told.examples, "```"] if told.examples else []
    return "\n".join(lines) + "\n"


def python_page() -> str:
    """Signature and docstring of what may be imported."""
    lines = ["# Python", "", "All else in `harness` may change without notice.", "", "```python"]
    lines += ["import harness", "report = harness.check(model, num_classes=10)", "```"]
    for name, found in PUBLIC.items():
        words = inspect.getdoc(found) or ""
        lines += ["", f"## {name}", "", "```python", f"{name.rpartition('.')[2]}{_signature(found)}", "```", ""]
        lines += list(_sections(words))
    return "\n".join(lines) + "\n"


def _signature(found: Any) -> str:
    parameters = [
        re.sub(r"""(?<=: )(['"])(.*?)\1(?= =|$)""", r"\2", str(each))
        for each in inspect.signature(found).parameters.values()
    ]
    returns = getattr(found, "__annotations__", {}).get("return")
    inner = "".join(f"    {each},\n" for each in parameters)
    return f"(\n{inner})" + (f" -> {returns}" if returns else "")


def _sections(words: str) -> Iterator[str]:
    """A docstring in Google's form as Markdown: its headed lists become lists."""
    heading = re.compile(r"^(Args|Returns|Raises|Yields|Attributes):$")
    within = False
    for line in words.splitlines():
        if heading.match(line):
            within = True
            yield from ("", f"**{line[:-1]}**", "")
        elif within and (entry := re.match(r"^    ([\w.*]+): (.*)$", line)):
            yield f"- `{entry[1]}`: {entry[2]}"
        elif within and line and not line.startswith(" "):
            within = False
            yield from ("", line)
        else:
            yield line.replace("        ", "  ") if within else line


def _told(part: type[BaseModel]) -> list[str]:
    words = (part.__doc__ or "").strip()
    return [*inspect.cleandoc(words).splitlines(), ""] if words else []


def _row(key: str, field: FieldInfo) -> str:
    default = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
    kind = re.sub(r"\b[\w.]+\.(?=\w)|<class '([^']+)'>", r"\1", str(field.annotation))
    kind = re.sub(r"Literal\[([^\]]*)\]", lambda found: found[1].replace("'", "").replace(", ", " | "), kind)
    limits = ", ".join(str(each) for each in field.metadata if re.match(r"(Ge|Le|Gt|Lt)\(", str(each)))
    bounds = re.sub(r"(Ge|Le|Gt|Lt)\(\w+=([^)]*)\)", lambda m: f"{_SIGNS[m[1]]} {m[2]}", limits)
    meaning = field.description or ("the group's choice" if key.endswith(".name") else "")
    return f"| `{key}` | {_shown(default)} | {_cell(f'{kind} {bounds}'.strip())} | {_cell(meaning)} |"


_SIGNS = {"Ge": "≥", "Le": "≤", "Gt": ">", "Lt": "<"}


def _with_choices(key: Any) -> str:
    return f"{key.meaning} ({', '.join(key.choices)})" if key.choices else key.meaning


def _shown(value: Any) -> str:
    return f"`{'null' if value is None else str(value).lower() if isinstance(value, bool) else value}`"


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|").replace("<", "\\<")
