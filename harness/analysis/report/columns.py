"""What each column of a table means, in one line."""

from __future__ import annotations

MEANING = {
    "backbone": "architecture, by timm's name",
    "data": "data set; for a folder its name",
    "creation": "creation method",
    "init": "law of the head's first weights; keep: what the creation method left there",
    "transfer": "which parameters learn",
    "replicate": "number of the draw of head and dropout",
    "lr": "peak learning rate; where tuned, the one chosen by validation",
    "epochs": "length of the training; where tuned, the one chosen by validation",
    "optimizer": "optimiser",
    "classes": "number of classes kept; default: all",
    "n": "runs with a test metric (in tables of differences: pairs)",
    "top1_mean": "mean test top-1 over seeds, percent",
    "top1_std": "standard deviation of test top-1 over seeds, points",
    "balanced_accuracy_mean": "mean test balanced accuracy over seeds, percent",
    "balanced_accuracy_std": "standard deviation of test balanced accuracy over seeds, points",
    "val_balanced_accuracy_mean": "mean validation balanced accuracy at the end, percent",
    "auroc_mean": "mean test area under the ROC curve over seeds, percent",
    "auroc_std": "standard deviation of the test area under the ROC curve over seeds, points",
    "val_auroc_mean": "mean validation area under the ROC curve at the end, percent",
    "shift_top1_mean": "mean top-1 over shifted test parts and seeds, percent",
    "shift_top1_std": "standard deviation of that top-1 over seeds, points",
    "metric": "what is measured",
    "outcome": "ruled out, not ruled out, shown, or not tested here",
    "measure": "what is measured: loss in nats, all else in percent; shift_: on shifted test parts, mean over kinds",
    "condition": "what is done wrong when the test part is evaluated",
    "batch_size": "images of a batch",
    "lost_mean": "points of the test metric lost against a proper evaluation of the same trained model",
    "lost_low": "lower bound of its 95 % interval (t, over runs)",
    "lost_high": "upper bound of its 95 % interval (t, over runs)",
    "time_ratio": "seconds of an image as a multiple of a proper evaluation's, median over runs",
    "memory_ratio": "peak memory of a batch as a multiple of a proper evaluation's, median over runs",
    "peak_mib": "peak memory of a batch, MiB, median over runs",
    "units": "what is drawn anew: images, or the groups that they belong to",
    "mean": "mean over runs, percent",
    "low": "lower bound of its 95 % interval",
    "high": "upper bound of its 95 % interval",
    "pairs": "pairs of runs with the same seed in this arm and the baseline",
    "diff_mean": "mean paired difference of the test metric to the baseline, points (arm minus baseline)",
    "diff_sd": "standard deviation of the paired differences, points",
    "diff_low": "lower bound of its 95 % interval (paired t)",
    "diff_high": "upper bound of its 95 % interval (paired t)",
    "verdict": (
        "different: the interval excludes zero; equivalent: it holds zero and lies within the margin; "
        "undecided: neither; empty below 8 pairs"
    ),
    "initial_loss": "mean loss before the first step, nats",
    "uniform_loss": "loss of guessing, ln(classes), nats",
    "val_top1_mean": "mean validation top-1 at the end, percent",
    "steps_to_target": (
        "median step at which validation top-1 first reached what every arm of the row reaches at its end; > N: "
        "not within N steps"
    ),
    "censored": "runs that never reached that top-1",
    "steps_to_loss_target": "the same for validation loss",
    "censored_loss": "runs that never reached that loss",
    "auc_mean": "mean area under the validation top-1 curve over steps, percent",
    "diverged": "runs that ended in a non-finite loss; they count with what they recorded, or with chance level",
    "failed": "runs without a result; they count nowhere",
    "p_holm": (
        "p-value of the paired t-test after Holm's correction over all comparisons of the study; in a study until "
        "decided after Bonferroni's over all comparisons and looks"
    ),
    "noise_floor": (
        "half the width of the 95 % interval that so many null pairs of this place would give, points: what the draw "
        "of head and dropout alone can make"
    ),
    "kind": (
        "paired: another draw of head and dropout; full: split and data order anew as well, eight seeds against the "
        "next; twin: the other draw of an arm that gives the same runs number by number"
    ),
    "interval": "what judges: paired t, exact permutation of signs, or bootstrap (BCa), each at 5 %",
    "setting": "row of the map, or all of them",
    "comparisons": "independent null comparisons of eight pairs",
    "excluding": "how many of them exclude zero",
    "share": "that share, percent; low and high bound its exact (Clopper-Pearson) 95 % interval",
    "nominal": "what the share should be, percent",
    "held": "whether its interval holds the nominal share",
    "known": "size of the planted effect, points, as the records state it for their own models",
    "holds": "whether the interval holds the known size",
    "found": "whether it holds the known size and excludes zero",
    "looks": (
        "looks taken at this comparison, which ends at its first verdict; the difference, its interval, its p-value "
        "and the verdict are those of the last one"
    ),
    "level": "level of its interval, percent: all intervals of all looks and comparisons hold together with 95 %",
    "baseline": "whether this is the arm that the others are compared with",
    "tuned": "what each arm chose for itself by the mean of the metric on validation",
    "baseline_lr": "the learning rate that the baseline chose",
    "baseline_epochs": "the number of epochs that the baseline chose",
    "holds_zero": "whether the interval holds zero, as it should in 95 of 100 null pairs",
    "cause": "what could make such a gap",
    "test": "how the records speak to it",
    "evidence": "what the records say",
    "nearest": "whether its validation pair lies nearest to the reported one",
    "distance": "Euclidean distance of the validation pair to the reported one, points",
    "val_top1_create_model": "mean validation top-1 of create_model, percent",
    "val_top1_swap_head": "mean validation top-1 of swap_head, percent",
    "top1_create_model": "mean test top-1 of create_model, percent; low and high bound its 95 % interval",
    "top1_swap_head": "mean test top-1 of swap_head, percent; low and high bound its 95 % interval",
    "left": "an arm",
    "right": "another arm",
    "equal": "pairs of runs in which every recorded number is the same",
    "total": "pairs of runs",
}


def meaning(column: str) -> str:
    """The explanation of a column, by its name or its last part; empty for a setting that explains itself."""
    return MEANING.get(column) or MEANING.get(column.rpartition(".")[2], "")
