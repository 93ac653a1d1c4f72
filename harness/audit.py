"""`from harness.audit import check`, as it has always been written; `harness.check` is the same function."""

from harness.diagnose.audit import check as check
