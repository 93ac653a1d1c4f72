"""The forward pass raises an error: on the images given, on all synthetic ones, or in train mode alone."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding


@declares(
    "error",
    measures="a pass in eval and one in train mode; on synthetic images of several sizes where none were given. "
    "Without a pass in eval mode the report begins with PARTLY EXAMINED, and only what needs "
    "none is judged: tensors, weights, optimizer, preprocessing",
)
def forward_fails(case: Case) -> Iterator[Finding]:
    """One pass in eval mode, one of two images in train mode; what needs no pass is examined in any case."""
    if case.failure:
        shape = "" if case.given_images is None else f", of the shape {tuple(case.given_images.shape)}"
        yield _finding(
            f"The model could not be run: {case.failure}{shape}.",
            "Only its tensors and the data could be examined, nothing that it computes. Training would stop at its "
            "first step.",
            _fix(case),
        )
    elif case.purpose == "training" and case.train_failure:
        yield _finding(
            f"Eval mode works on images of the shape {tuple(case.images.shape)}, train mode does not: "
            f"{case.train_failure}.",
            "Training stops at its first step.",
            f"{case.start}.train()(images[:2])  # and read the traceback",
        )


def _fix(case: Case) -> str:
    if 'missing the required "forward"' in case.failure or "NotImplementedError" in case.failure:
        children = [(sum(p.numel() for p in child.parameters()), name) for name, child in case.model.named_children()]
        size, name = max(children, default=(0, ""))
        if size:
            return f"report = check({case.written(name)})  # the network within, or give the class a forward()"
    if case.given_images is not None:
        return f"{case.start}.eval()(images[:2])  # and read the traceback"
    return "report = check(model, images=images)  # a batch as the model gets it"


def _finding(seen: str, why: str, fix: str) -> Finding:
    return Finding(id="forward-fails", severity="error", seen=seen, why=why, fix=fix)
