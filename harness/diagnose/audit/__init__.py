"""Is this model healthy before it is trained? `check(model)` tells; it needs torch and timm only."""

from __future__ import annotations

from harness.diagnose.audit._plan import Plan
from harness.diagnose.audit.examine import check
from harness.diagnose.audit.report import Finding, Report, SeriousFindingsError, Unchecked

__all__ = ["Finding", "Plan", "Report", "SeriousFindingsError", "Unchecked", "check"]
