"""`harness audit`: is this model healthy before it is trained?"""

from __future__ import annotations

from pathlib import Path

from harness.cli.requests import requests, take
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import saved
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

FORMATS = "harness.diagnose.audit.formats"
PURPOSES = ("training", "inference")

USAGE = CommandUsage(
    (
        Key("format", "text", "how it is written", variants(FORMATS)),
        Key("to", "", "file to write to"),
        Key("model", "", "file of a state dict to load into the model before it is looked at"),
        Key("reference", "", "creation method that the model is to be compared with"),
        Key("purpose", "training", "what the model is meant for", PURPOSES),
        Key("unchecked", "false", "whether to list what could not be checked, with reasons", ("true", "false")),
    ),
    (
        "harness audit creation=create_model transfer=linear_probe recipe.lr=3e-4",
        "harness audit creation=wrong_attribute format=sarif to=audit.sarif",
    ),
    run="the keys of a run; commas name several models",
)


def audit(arguments: list[str]) -> int:
    """`harness audit [the keys of a run] [format=text|json|sarif] [to=FILE] [model=FILE] [reference=CREATION]`.

    `unchecked=true` lists what could not be checked, each with its reason. Returns 1 if something serious was found or
    a model could not be run. Commas audit several jobs.
    """
    given, overrides = take(arguments, USAGE)
    faults = []
    if given["format"] not in variants(FORMATS):
        faults.append(f"format: there is no '{given['format']}'; {suggest(given['format'], variants(FORMATS))}")
    if given["purpose"] not in PURPOSES:
        faults.append(f"purpose: must be training or inference, got {given['purpose']}")
    if given["unchecked"] not in ("true", "false"):
        faults.append(f"unchecked: must be true or false, got {given['unchecked']}")
    creations = variants("harness.model.creation")
    if given["reference"] and given["reference"] not in creations:
        faults.append(f"reference: there is no '{given['reference']}'; {suggest(given['reference'], creations)}")
    if faults:
        raise RequestError(faults)

    from harness.diagnose.audit.planned import accepting, audit_spec  # torch and timm take seconds to import

    model = Path(given["model"]).expanduser() if given["model"] else None
    reports = [
        audit_spec(
            job.spec, inference=given["purpose"] == "inference", saved=model, reference=given["reference"] or None
        )
        for job in requests(overrides, accepting)
    ]
    options = {"unchecked": given["unchecked"] == "true"} if given["format"] == "text" else {}
    written = load_variant(FORMATS, given["format"])(reports, **options)
    if given["to"]:
        saved(written + "\n", given["to"])
        serious = sum(len(report.serious) for report in reports)
        print(f"{serious} serious findings on {len(reports)} models: {given['to']}")
    else:
        print(written)
    return 0 if all(report.ok for report in reports) else 1
