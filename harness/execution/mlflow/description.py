"""What MLflow shows as description of a study and of its sweep: what is asked, and once it is there, the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.execution.mlflow.fields import NOTE
from harness.execution.mlflow.view import page

WRITTEN = "mlflow.note.harness"
"""Hash of the description that we wrote; MLflow's pages do not show tags that begin as its own do."""

REPORT = "report.html"


def first_note(study: dict[str, Any]) -> str:
    """What is told of a study before it has an answer: its claim, or its title, or else how it was asked for."""
    title = study.get("title")
    if study.get("claim"):
        return str(study["claim"])
    if title and title != study["name"]:
        return str(title)
    return " ".join(study.get("overrides") or []) or str(study["name"])


def in_markdown(
    sentences: Sequence[str], study: dict[str, Any], experiment: str, run: str, paths: Sequence[Path]
) -> str:
    """An answer's lines, each a paragraph, then links and the claim.

    The first one comes without anything before it: lists of experiments show where a description begins.
    """
    runs = f"#/experiments/{experiment}/runs"
    links = [f"[Compare the methods]({page('', experiment).lstrip('/')})"]
    if any(path.name == REPORT for path in paths):
        links.append(f"[Report]({runs}/{run}/artifacts/{REPORT})")
    told = [*sentences, " · ".join(links)]
    return "\n\n".join([*told, f"Claim: {study['claim']}"] if study.get("claim") else told)


def _hash(note: str) -> str:
    return hashlib.sha256(note.encode()).hexdigest()[:12]


def described(note: str) -> dict[str, str]:
    """The tags of an experiment with this description."""
    return {NOTE: note, WRITTEN: _hash(note)}


def is_answered(client: Any, experiment: str, study: dict[str, Any]) -> bool:
    """Whether a study's description tells its answer, or what someone has written by hand since it was made."""
    tags = client.get_experiment(experiment).tags
    return WRITTEN in tags and tags.get(NOTE) != first_note(study)


def describe(client: Any, experiment: str, study: dict[str, Any], note: str) -> None:
    """Make this the experiment's description, unless someone has written another one by hand."""
    tags = client.get_experiment(experiment).tags
    now = tags.get(NOTE, "")
    earlier = (study.get("claim") or study.get("title"), study["name"])  # as version 0.2.0 wrote it, without its hash
    if now in ("", *earlier) or tags.get(WRITTEN) == _hash(now):
        for tag, content in described(note).items():
            client.set_experiment_tag(experiment, tag, content)
