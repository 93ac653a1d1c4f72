"""Drop-out rates in force, read from the modules themselves."""

from __future__ import annotations

from torch import nn


def rates(model: nn.Module) -> dict[str, float]:
    """The rates in force: the largest found in the modules of each kind, and the head's own attribute."""
    found = {"drop_rate": 0.0, "attn_drop_rate": 0.0, "proj_drop_rate": 0.0, "drop_path_rate": 0.0}
    for name, module in model.named_modules():
        attribute = name.rpartition(".")[2]
        if isinstance(module, nn.Dropout):
            kind = "attn_drop_rate" if attribute == "attn_drop" else "proj_drop_rate"
            if attribute in ("head_drop", "dropout", "classifier_dropout") or name.startswith("head"):
                kind = "drop_rate"
            found[kind] = max(found[kind], float(module.p))
        elif type(module).__name__ in ("DropPath", "StochasticDepth"):
            rate = getattr(module, "drop_prob", getattr(module, "p", 0.0)) or 0.0
            found["drop_path_rate"] = max(found["drop_path_rate"], float(rate))
    own = getattr(model, "drop_rate", 0.0)
    found["drop_rate"] = max(found["drop_rate"], float(own) if isinstance(own, int | float) else 0.0)
    return found
