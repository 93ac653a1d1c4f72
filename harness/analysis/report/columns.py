"""What each column of a table means, in one line."""

from __future__ import annotations

MEANING = {
    "claim": "number of the claim, as in harness/analysis/claims/claims.yaml",
    "says": "what was predicted, before the runs",
    "unit": "of mean, low, high and bound; times: a factor",
    "bound": "least size of what was predicted, or largest where no difference was; default: none",
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
    "cell": "settings of the row of the map, those that tell it from others",
    "arm": "what is compared with the baseline",
    "lost": "pairs of runs that are lost, since on one side or both the run failed or was never made",
    "bca_low": (
        "lower bound of the 95 % bias-corrected and accelerated bootstrap interval (Efron 1987, 9,999 resamples); "
        "empty below 10 pairs"
    ),
    "bca_high": "upper bound of the same interval",
    "p": "p-value of the paired t-test (Student 1908), before any correction",
    "p_permutation": (
        "p-value when the signs of the differences are drawn anew (Fisher 1935): exact up to 13 pairs, 9,999 draws "
        "beyond; the smallest there is of n pairs is 2 / 2^n, and below 6 pairs, where that exceeds 0.05, it is empty"
    ),
    "p_tost": (
        "p-value of two one-sided t-tests for a difference within the margin (Schuirmann 1987); at 0.025 or less the "
        "95 % interval lies within it"
    ),
    "g": "mean paired difference in its own standard deviations, corrected for few pairs (Hedges 1981)",
    "better": "share of seeds at which the arm beats the baseline, ties half, percent (probability of superiority)",
    "better_low": "lower bound of its 95 % interval (Wilson 1927)",
    "better_high": "upper bound of its 95 % interval (Wilson 1927)",
    "detectable": (
        "smallest true difference that so many pairs of such a deviation tell from zero with 80 % power, points "
        "(noncentral t, Cohen 1988)"
    ),
    "seeds_needed": (
        "further seeds that give a verdict with 80 % power, if difference and deviation are truly those seen; "
        "0 where there is a verdict"
    ),
    "images_low": "lower bound of the 95 % interval over test images or their groups (bootstrap)",
    "images_high": "upper bound of the same interval",
    "splits": "splits that are crossed with the seeds; empty where the split comes with the seed",
    "splits_low": "lower bound of the 95 % interval over splits (t; each the mean over its seeds)",
    "splits_high": "upper bound of the same interval",
    "sd_seed": (
        "standard deviation between seeds, points (variance components by the method of moments, Brennan 2001); "
        "holds the split's share where the split comes with the seed"
    ),
    "sd_split": "standard deviation between splits, points, likewise",
    "sd_image": "standard deviation between test images or their groups, points, likewise",
    "sd_rest": "standard deviation of all interactions of these together and of what is left, points",
    "all_low": "lower bound of the 95 % interval over all factors named under over (Howe 1974)",
    "all_high": "upper bound of the same interval",
    "over": "the factors that the interval over all takes as drawn anew, and where the split comes from",
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
    "pairs": "seeds that this arm and the baseline share, each the mean over its splits where these are crossed",
    "diff_mean": "mean paired difference of the test metric to the baseline, points (arm minus baseline)",
    "diff_sd": "standard deviation of the paired differences, points",
    "diff_low": "lower bound of its 95 % interval (paired t)",
    "diff_high": "upper bound of its 95 % interval (paired t)",
    "verdict": (
        "different: the interval excludes zero, and the corrected p-value is below 0.05; equivalent: not different, "
        "and the interval lies within the margin; undecided: neither; empty below 8 pairs"
    ),
    "verdict_alone": "what the interval of this comparison alone would say, without the correction",
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
    "failed": "runs without a result; each loses its pair (pairs against n)",
    "p_fdr": (
        "p-value of the paired t-test after the correction of Benjamini and Hochberg (1995) over all comparisons of "
        "the study"
    ),
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
    "first": "the creation that the bridge starts from",
    "second": "the creation that it leads to",
    "trait": "the difference, by the name under which bridge.takes knows it",
    "what": "the difference",
    "first_mean": "mean test metric of the first creation, percent",
    "second_mean": "mean test metric of the second creation, percent",
    "gap_mean": "second minus first, mean over seeds, points; low and high bound its 95 % interval (t)",
    "shapley_mean": "mean contribution over all orders of taking over, points; they add up to the gap, seed by seed",
    "shapley_low": "lower bound of its 95 % interval (t, over seeds)",
    "shapley_high": "upper bound of its 95 % interval (t, over seeds)",
    "share_mean": "that as a share of the gap, percent; empty where the gap's interval holds zero",
    "share_low": "lower bound of its 95 % interval (Fieller, over seeds)",
    "share_high": "upper bound of its 95 % interval (Fieller, over seeds)",
    "first_in_mean": "what the difference makes alone, added to the first creation, points",
    "last_in_mean": "what it makes as the last one, i.e. what the second creation loses without it, points",
    "coalitions": "different runs for each seed: sets of differences taken over",
    "orders": "orders of taking over that were sampled; empty: all",
    "sampling_error": "standard error of the contribution that the sampling of orders leaves, points",
    "incomplete": "seeds left out, as runs are missing",
    "left": "an arm",
    "right": "another arm",
    "equal": "pairs of runs in which every recorded number is the same",
    "total": "pairs of runs",
}


def meaning(column: str) -> str:
    """The explanation of a column, by its name or its last part; empty for a setting that explains itself."""
    return MEANING.get(column) or MEANING.get(column.rpartition(".")[2], "")
