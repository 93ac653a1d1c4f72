"""Does the way a pretrained vision model is created change its accuracy? A harness that measures it.

`harness.check(model, ...)` looks at a model before it is trained; it is imported when it is first asked for, so that
`import harness` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.diagnose.audit import check as check

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """`harness.check`, imported late.

    Raises:
        AttributeError: for any other name that is not there.
    """
    if name == "check":
        from harness.diagnose.audit import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
