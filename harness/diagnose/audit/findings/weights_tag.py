"""The weights are another variant (tag) than the reference's."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.images import stated_config
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    measures="timm's tag, against the reference's",
)
def weights_tag(case: Case) -> Iterator[Finding]:
    """timm's tag of both models; one architecture may have weights from several recipes and data sets."""
    own, other = stated_config(case.model), stated_config(case.other.model)
    if not own.get("architecture") or not other.get("architecture"):
        raise NotCheckedError("only timm's models say which weights they have")
    if own["architecture"] != other["architecture"] or own.get("tag") == other.get("tag"):
        return
    classes = case.num_classes if case.failure else case.classes
    number = "" if classes is None else f", num_classes={classes}"
    yield Finding(
        id="weights-tag",
        severity="error",
        seen=f"{own['architecture']}: tag '{own.get('tag')}' here, '{other.get('tag')}' in the reference.",
        why="Tags are weights from other recipes or other data; a comparison of the two compares the weights.",
        fix=f"{case.maker.place} = timm.create_model('{own['architecture']}.{other.get('tag')}', "
        f"pretrained=True{number})",
    )
