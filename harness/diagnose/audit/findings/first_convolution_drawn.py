"""A first convolution for one channel that holds nothing of the pretrained one."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._origin import HARDLY
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, listed


@declares(
    "error",
    measures="the kernel of a first convolution for one channel, as a mixture of the weights' three",
    threshold="more than a thousandth of it is none",
)
def first_convolution_drawn(case: Case) -> Iterator[Finding]:
    """A first convolution drawn anew for grey images, under a network that is pretrained."""
    origin = case.origin
    if not origin.drawn or len(origin.not_loaded) >= HARDLY * (origin.expected or 1):
        return
    layer = case.written(origin.drawn[0].removesuffix(".weight"))
    yield Finding(
        id="first-convolution-drawn",
        severity="error",
        seen=f"{listed(origin.drawn)} takes one channel and holds no mixture of the three kernels in the weights.",
        why="Every layer above was trained on what the pretrained filters answer, and meets random ones; grey needs no "
        "new filters, since the sum of the three answers it as they do.",
        fix=f"{layer}.weight = nn.Parameter(weights[{origin.drawn[0]!r}].sum(1, keepdim=True))  # timm: in_chans=1",
        location=origin.drawn[0],
    )
