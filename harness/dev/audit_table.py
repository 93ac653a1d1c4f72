"""`python -m harness.dev.audit_table`: writes the table of all findings in docs/audit.md from what each declares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.diagnose.audit.examine import FINDINGS
from harness.diagnose.audit.findings import Declaration
from harness.spec.variants import load_variant, variants

PAGE = Path("docs/audit.md")
BEGIN, END = "<!-- findings, by python -m harness.dev.audit_table -->\n", "<!-- end of findings -->\n"
_HEAD = "| id | severity | what is measured | threshold, and where it comes from |\n| --- | --- | --- | --- |\n"


def rows() -> Iterator[str]:
    """One row of Markdown for each finding, in alphabetical order."""
    for name in variants(FINDINGS):
        declared: Declaration = load_variant(FINDINGS, name).declaration  # type: ignore[attr-defined]
        severities = ", ".join(each[0] for each in declared.severities)
        identity = name.replace("_", "-")
        yield f"| `{identity}` | {severities} | {declared.measures} | {declared.threshold or 'none'} |\n"


def written(page: str) -> str:
    """The page with its table as it should be.

    Raises:
        ValueError: the page lacks the two comments between which the table stands.
    """
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE} lacks the line {(END if rest else BEGIN).strip()}")
    return f"{before}{BEGIN}{_HEAD}{''.join(rows())}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
