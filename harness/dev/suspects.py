"""`python -m harness.dev.suspects`: what audit and explain name of each suspect of the study timm_691, before its runs.

Written to results/timm_691/foretold.csv: a row for each method of the study, with the audit's findings, and what
explain ranks first between it and the baseline. Nothing is trained.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from harness.cli.requests import configurations
from harness.diagnose.audit.planned import audit_spec
from harness.diagnose.explain.compare import compare
from harness.diagnose.explain.subject import subject
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec

STUDY = "timm_691"
FILE = Path("results") / STUDY / "foretold.csv"
COLUMNS = ("arm", "audit", "explain", "logits", "loss", "first_step")
IMAGES = 64


def methods() -> dict[str, Spec]:
    """Each method of the study by what it changes against the first one at its size of images, with the first seed."""
    found: dict[str, Spec] = {}
    baselines: dict[int, Spec] = {}
    for spec in configurations(STUDY):
        usual = baselines.setdefault(spec.data.size, spec)
        found.setdefault(_changed(usual, spec), spec)
    return found


def _changed(baseline: Spec, other: Spec) -> str:
    changed: list[str] = []
    given, usual = (spec.model_dump(mode="json") for spec in (other, baseline))
    for group, values in given.items():
        if isinstance(values, dict) and group != "bridge":
            changed += [
                f"{group}.{key}={value}"
                for key, value in values.items()
                if value != usual[group][key] and key not in ("fingerprint", "label")
            ]
    return " ".join([f"{other.data.size} px:", *(changed or ["baseline"])])


def row(name: str, spec: Spec, baseline: Spec) -> dict[str, str]:
    """What is said of one method before it is trained."""
    report = audit_spec(spec)
    found = [f"{each.severity} {each.id}" for each in report.findings]
    told = {"arm": name, "audit": ", ".join(found) or "nothing"}
    if spec == baseline:
        return {**told, "explain": ""}
    try:
        explained = compare(*(subject(each, "", IMAGES) for each in (baseline, spec)))
    except (RequestError, ImpossibleConfiguration) as reason:
        return {**told, "explain": str(reason)}
    if not explained.ranked:
        return {**told, "explain": "no difference at step 0"}
    first = explained.ranked[0]
    effect = first.effect
    sizes = {"logits": effect.logits, "loss": effect.loss, "first_step": effect.update}
    return {
        **told,
        "explain": f"{first.difference.what}: {first.difference.first} -> {first.difference.second}",
        **{key: "" if value is None else f"{value:.3g}" for key, value in sizes.items()},
    }


def main() -> int:
    """Write the table; returns 0."""
    found = methods()
    baselines = {spec.data.size: spec for name, spec in reversed(found.items()) if name.endswith("baseline")}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="")
        writer.writeheader()
        for name, spec in found.items():
            writer.writerow(row(name, spec, baselines[spec.data.size]))
    print(FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
