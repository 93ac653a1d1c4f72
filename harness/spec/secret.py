"""Secrets that a text may hold, blotted out before it is printed or kept."""

from __future__ import annotations

import re

BLOT = "***"

_KEYS = r"password|passwd|pwd|token|secret|api_?key|access_?key|sig(?:nature)?"
_PLAIN = r"(?:true|false|null|none|[\d.]+)\b"  # backbone.kwargs.class_token=true is no secret
_PATTERNS = (
    (r"://[^\s:/@?#]*:", r"\S*", "@"),  # user:password@host
    ("://", r"[^\s:/@?#]+", "@"),  # token@host; a name alone may be one
    (rf"\b\w*(?:{_KEYS})[\"']?\s*[=:]\s*", rf"(?!{_PLAIN})[^\s&,;}}\]]+", ""),  # key=value, by the key's name
    (r"\b(?:hf_|ghp_|gho_|dapi)", r"\w{20,}", ""),  # tokens known by sight
)
"""What stands before a secret, the secret, and what follows it."""


def redacted(text: str) -> str:
    """The text without passwords in addresses, values of keys that are secrets by their name, and well-known tokens."""
    for before, secret, after in _PATTERNS:
        text = re.sub(f"({before}){secret}({after})", rf"\1{BLOT}\2", text, flags=re.IGNORECASE)
    return text


def is_secret(key: str) -> bool:
    """Whether a key holds a secret by its name."""
    return re.fullmatch(rf"\w*(?:{_KEYS})", key, re.IGNORECASE) is not None
