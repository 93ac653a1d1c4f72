"""Traps: what can go wrong with an architecture's head, read off its row.

Each public function is one trap: its name is the trap's id, and its docstring says what it means."""

from __future__ import annotations

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.row import Row, ratio


def classifier_is_no_layer(row: Row) -> bool:
    """get_classifier returns a module around the head, not the layer itself.

    Its weight and in_features are missing, or another layer's.
    """
    return bool(set(row["get_classifier"].split()) - {"Linear", "Conv2d"})


def config_names_other_head(row: Row) -> bool:
    """The library's configuration names another head than the one found.

    Loading weights for another number of classes drops the layer that the configuration names.
    """
    return bool(row["config_classifier"]) and row["config_classifier"] != row["heads"]


def create_depends_on_classes(row: Row) -> bool:
    """The width of a directly created head depends on the number of classes: 2 against 1000 differ over 1.5 times."""
    return not 2 / 3 < (ratio(row, "create_2_std", "create_1000_std") or 1.0) < 1.5


def create_narrower(row: Row) -> bool:
    """At 10 classes direct creation draws a head at most two thirds as wide as a plain Linear's (and not zero)."""
    return 0 < (ratio(row, "create_10_std", "swap_10_std") or 1.0) <= 2 / 3


def create_wider(row: Row) -> bool:
    """At 10 classes direct creation draws a head at least 1.5 times as wide as a plain Linear's."""
    return (ratio(row, "create_10_std", "swap_10_std") or 1.0) >= 1.5


def dropout_lost_on_reset(row: Row) -> bool:
    """reset_classifier loses or changes the dropout that the model was made with."""
    return any(word in row["reset_changes"].lower() for word in ("dropout", "drop_rate"))


def dropout_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds its dropout too: replacing it by a Linear switches dropout off."""
    return "dropout" in row["parts"]


def heads_differ(row: Row) -> bool:
    """The model's heads are drawn from different distributions."""
    return row["heads_differ"] == "yes"


def linear_does_not_fit(row: Row) -> bool:
    """A plain Linear in the place of the head layer does not fit: it is a convolution, or sees more than vectors."""
    return row["create_output"] == "2x10" and row["swap_output"] != "2x10"


def mlp_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds hidden layers too: replacing it by a Linear throws them away."""
    return "hidden layer" in row["parts"]


def named_pool_changes_model(row: Row) -> bool:
    """reset_classifier(n, global_pool=...) with the pooling that the model has already changes the model."""
    return row["named_pool_changes"][:5] in ("lost ", "new h") or "->" in row["named_pool_changes"]


def no_default_head(row: Row) -> bool:
    """Made without num_classes the model has no head: there is nothing to swap, and the weights hold no classifier."""
    return row["kind"] != "none" and row["default_classes"] == "0"


def no_head(row: Row) -> bool:
    """The model has no head under any number of classes: num_classes is accepted and ignored."""
    return row["kind"] == "none"


def norm_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds a pretrained norm too: replacing it by a Linear throws that away."""
    return "norm" in row["parts"]


def num_classes_ignored(row: Row) -> bool:
    """Created for 10 classes, the model does not give [batch, 10]."""
    return row["create_output"][:1].isdigit() and row["create_output"] != "2x10"


def pool_lost_on_reset(row: Row) -> bool:
    """reset_classifier loses or changes the model's pooling."""
    if not row["reset_output"] or row["default_classes"] == "0":
        return False
    return row["reset_pool"] != row["default_pool"]


def pool_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds the pooling too: replacing it by a Linear throws that away."""
    return "pool" in row["parts"]


def reset_draws_otherwise(row: Row) -> bool:
    """reset_classifier draws the head otherwise than direct creation: the widths differ by more than 10 %."""
    widths = [ratio(row, f"create_{n}_std", f"reset_{n}_std") for n in CLASSES]
    return any(width is not None and not 0.9 < width < 1.1 for width in widths)


def reset_is_not_new(row: Row) -> bool:
    """After reset_classifier(n) the model is built otherwise than a new one for n classes."""
    return bool(row["reset_against_new"])


def reset_unsupported(row: Row) -> bool:
    """reset_classifier is missing, raises an error, or leaves a model that does not give [batch, classes]."""
    return bool(row["reset_error"]) or (row["create_output"] == "2x10" and row["reset_output"] != "2x1000")


def several_heads(row: Row) -> bool:
    """The model has several heads: replacing one of them leaves the others at their old width."""
    return row["kind"] == "several"


def wrong_shape_in_silence(row: Row) -> bool:
    """With the attribute that holds the head replaced by a Linear the model runs, but gives no [batch, classes]."""
    return row["swap_attribute_output"][:1].isdigit() and row["swap_attribute_output"] != "2x10"


def zero_head(row: Row) -> bool:
    """Direct creation makes a head of zeros; a plain Linear is not: the two start from different losses."""
    return row["create_law"] == "zeros"
