"""`harness audit`: is this model born healthy?"""

from __future__ import annotations

from pathlib import Path

from harness.cli.requests import requests, take
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

FORMATS = "harness.audit.formats"
PURPOSES = ("training", "inference")


def audit(arguments: list[str]) -> int:
    """`harness audit [the keys of a run] [format=text|json|sarif] [to=FILE] [model=FILE] [reference=CREATION]`.

    Returns 1 if something serious was found. Commas audit several jobs.
    """
    own = {"format": "text", "to": "", "model": "", "reference": "", "purpose": "training"}
    given, overrides = take(arguments, own)
    faults = []
    if given["format"] not in variants(FORMATS):
        faults.append(f"format: there is no '{given['format']}'; {suggest(given['format'], variants(FORMATS))}")
    if given["purpose"] not in PURPOSES:
        faults.append(f"purpose: must be training or inference, got {given['purpose']}")
    creations = variants("harness.creation")
    if given["reference"] and given["reference"] not in creations:
        faults.append(f"reference: there is no '{given['reference']}'; {suggest(given['reference'], creations)}")
    if faults:
        raise RequestError(faults)

    from harness.audit.planned import accepting, audit_spec  # torch and timm take seconds to import

    saved = Path(given["model"]).expanduser() if given["model"] else None
    reports = [
        audit_spec(
            job.spec, inference=given["purpose"] == "inference", saved=saved, reference=given["reference"] or None
        )
        for job in requests(overrides, accepting)
    ]
    written = load_variant(FORMATS, given["format"])(reports)
    if given["to"]:
        Path(given["to"]).parent.mkdir(parents=True, exist_ok=True)
        Path(given["to"]).write_text(written + "\n", encoding="utf-8")
        serious = sum(len(report.serious) for report in reports)
        print(f"{serious} serious findings on {len(reports)} models: {given['to']}")
    else:
        print(written)
    return 1 if any(report.serious for report in reports) else 0
