"""Secrets that a text may hold, blotted out before it is printed or kept."""

from __future__ import annotations

import re

BLOT = "***"

_KEYS = r"password|passwd|pwd|token|secret|api_?key|access_?key|sig(?:nature)?"
_PLAIN = r"(?:true|false|null|none|[\d.]+)\b"  # backbone.kwargs.class_token=true is no secret
_PATTERNS = (
    re.compile(r"(?P<before>://[^\s:/@?#]*:)(?P<secret>\S*)(?P<after>@)"),  # user:password@host
    re.compile(r"(?P<before>://)(?P<secret>[^\s:/@?#]+)(?P<after>@)"),  # token@host; a name alone may be one
    re.compile(
        rf"(?P<before>\b\w*(?:{_KEYS})[\"']?\s*[=:]\s*)(?!{_PLAIN})(?P<secret>[^\s&,;}}\]]+)(?P<after>)", re.IGNORECASE
    ),
    re.compile(r"(?P<before>\b(?:hf_|ghp_|gho_|dapi))(?P<secret>[A-Za-z0-9]{20,})(?P<after>\b)"),
)


def redacted(text: str) -> str:
    """The text without passwords in addresses, values of keys that are secrets by their name, and well-known tokens."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<before>{BLOT}\g<after>", text)
    return text


def is_secret(key: str) -> bool:
    """Whether a key holds a secret by its name."""
    return re.fullmatch(rf"\w*(?:{_KEYS})", key, re.IGNORECASE) is not None
