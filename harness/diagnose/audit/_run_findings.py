"""Findings on a run as a whole, beside those on its model: what it would be refused for, what its strategy frees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.diagnose.audit.report import Finding, listed
from harness.model.build import Built, refusal
from harness.spec.spec import Spec


def refused(spec: Spec, built: Built) -> Iterator[Finding]:
    """What a run ends with, in one line, before anything is trained; here it stands beside the model's own findings."""
    reason = None if spec.weights.verify == "record" else refusal(spec, built)
    if reason is not None:
        yield Finding(
            id="run-refused",
            severity="error",
            seen=f"A run of this request is refused: {reason}.",
            why="What it would train is not what it is called.",
            fix="weights.verify=record  # trains it all the same, and keeps it in the record",
        )


def renamed(built: Built) -> Iterator[Finding]:
    """What was done to the keys of a weights file before it was loaded."""
    if built.pretrained.changes:
        yield Finding(
            id="weights-renamed",
            severity="note",
            seen=f"{built.pretrained.label}: {'; '.join(built.pretrained.changes)}.",
            why="timm with pretrained=True loads nothing from behind a prefix and logs a warning; checkpoint_path and "
            "load_state_dict know no other names than the architecture's.",
            fix="torch.save({new name: tensor}, FILE)  # once, for use without this package",
        )


def freed(frozen: Sequence[str], learnable: Mapping[str, object], strategy: str) -> Iterator[Finding]:
    """Parameters that were frozen when the model was created, and that the transfer strategy lets learn."""
    names = [name for name in frozen if name in learnable]
    if names:
        yield Finding(
            id="freed-by-strategy",
            severity="note",
            seen=f"{listed(names)}: frozen by the creation, freed by transfer={strategy}.",
            why="The strategy has the last word on what learns; where the creation froze it on purpose, that is lost.",
            fix="transfer=full keeps what the creation froze  # or leave requires_grad as it is in the creation",
            location=names[0],
        )
