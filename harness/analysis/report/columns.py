"""What each column of a table means, in one line."""

from __future__ import annotations

MEANING = {
    "claim": "number of the claim, as in harness/analysis/claims/claims.yaml",
    "says": "the prediction, made before the runs",
    "unit": "unit of mean, low, high and bound; times: a factor",
    "bound": "least size of a predicted difference, or largest size that counts as none; default: no bound",
    "backbone": "architecture, by timm's name",
    "data": "data set; for a folder its name",
    "creation": "creation method",
    "init": "distribution of the head's initial weights; keep: the library's own initialisation",
    "transfer": "which parameters are trained",
    "replicate": "number of the random initialisation of head and dropout",
    "lr": "peak learning rate; where tuned, the one chosen by validation",
    "epochs": "length of the training; where tuned, the one chosen by validation",
    "optimizer": "optimizer",
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
    "average_precision_mean": "mean test average precision over labels (or classes) and seeds, percent",
    "average_precision_std": "standard deviation of the test average precision over seeds, points",
    "val_average_precision_mean": "mean validation average precision at the end, percent",
    "f1_macro_mean": "mean test F1 over labels and seeds, percent; thresholds are chosen on the validation part",
    "f1_macro_std": "standard deviation of that F1 over seeds, points",
    "val_f1_macro_mean": "the same on the validation part at the end, where thresholds were chosen on it",
    "f1_micro_mean": "mean test F1 of all decisions over seeds, percent; thresholds are chosen on the validation part",
    "f1_micro_std": "standard deviation of that F1 over seeds, points",
    "val_f1_micro_mean": "the same on the validation part at the end, where thresholds were chosen on it",
    "f1_macro_half_mean": "mean test F1 over labels and seeds at a threshold of 0.5, percent",
    "f1_macro_half_std": "standard deviation of that F1 over seeds, points",
    "val_f1_macro_half_mean": "the same on the validation part at the end",
    "f1_micro_half_mean": "mean test F1 of all decisions over seeds at a threshold of 0.5, percent",
    "f1_micro_half_std": "standard deviation of that F1 over seeds, points",
    "val_f1_micro_half_mean": "the same on the validation part at the end",
    "sensitivity_at_specificity_mean": (
        "mean test sensitivity over seeds, percent, at the point where the validation part keeps a specificity"
    ),
    "sensitivity_at_specificity_std": "standard deviation of that sensitivity over seeds, points",
    "val_sensitivity_at_specificity_mean": "the same on the validation part at the end, where the point was chosen",
    "label": "name of a label",
    "images": "test images that have the label",
    "auroc": "area under the label's ROC curve, percent; low and high bound its 95 % interval over test images",
    "average_precision": "area under the label's precision-recall curve, percent; guessing has the label's frequency",
    "f1": "F1 of the label at its threshold, percent",
    "shift_top1_mean": "mean top-1 over shifted test parts and seeds, percent",
    "shift_top1_std": "standard deviation of that top-1 over seeds, points",
    "metric": "what is measured",
    "outcome": "ruled out, not ruled out, shown, or not tested here",
    "measure": "what is measured: loss in nats, brier_score, else percent; shift_: on shifted parts, mean over kinds",
    "condition": "which mistake is made in the evaluation of the test part",
    "batch_size": "images in a batch",
    "cell": "configuration: the settings in which the rows differ",
    "arm": "method that is compared with the baseline",
    "lost": "pairs that are missing because the run of one side failed or was never done",
    "bca_low": (
        "lower bound of the 95 % bias-corrected and accelerated bootstrap interval (Efron 1987, 9,999 resamples); "
        "empty below 10 pairs"
    ),
    "bca_high": "upper bound of the same interval",
    "p": "p-value of the paired t-test (Student 1908), before any correction",
    "p_permutation": (
        "p-value of the sign-flip permutation test (Fisher 1935): exact up to 13 pairs, 9,999 random flips beyond; "
        "the smallest possible value with n pairs is 2 / 2^n; empty below 6 pairs, where that exceeds 0.05"
    ),
    "p_tost": (
        "p-value of two one-sided t-tests for a difference within the margin (Schuirmann 1987); at 0.025 or less the "
        "95 % interval lies within it"
    ),
    "g": "mean paired difference in its own standard deviations, corrected for few pairs (Hedges 1981)",
    "better": "fraction of seeds at which the method beats the baseline, ties count half, percent (probability of "
    "superiority)",
    "better_low": "lower bound of its 95 % interval (Wilson 1927)",
    "better_high": "upper bound of its 95 % interval (Wilson 1927)",
    "detectable": (
        "smallest true difference that this number of pairs with this standard deviation detects with 80 % power, "
        "points "
        "(noncentral t, Cohen 1988)"
    ),
    "seeds_needed": (
        "further seeds needed for a verdict with 80 % power if the observed difference and standard deviation are the "
        "true ones; 0 where there is a verdict"
    ),
    "images_low": "lower bound of the 95 % interval over test images or their groups (bootstrap)",
    "images_high": "upper bound of the same interval",
    "splits": "splits that are crossed with the seeds; empty where each seed has its own split",
    "splits_low": "lower bound of the 95 % interval over splits (t; each the mean over its seeds)",
    "splits_high": "upper bound of the same interval",
    "sd_seed": (
        "standard deviation between seeds, points (variance components by the method of moments, Brennan 2001); "
        "includes the variation between splits where each seed has its own split"
    ),
    "sd_split": "standard deviation between splits, points, estimated likewise",
    "sd_image": "standard deviation between test images or their groups, points, estimated likewise",
    "sd_rest": "standard deviation of all their interactions and of the residual, points",
    "all_low": "lower bound of the 95 % interval over all factors named under over (Howe 1974)",
    "all_high": "upper bound of the same interval",
    "over": "the factors that the interval over all treats as random, and how splits and seeds are related",
    "lost_mean": "points of the test metric lost, compared with a correct evaluation of the same trained model",
    "lost_low": "lower bound of its 95 % interval (t, over runs)",
    "lost_high": "upper bound of its 95 % interval (t, over runs)",
    "time_ratio": "seconds per image relative to a correct evaluation, median over runs",
    "memory_ratio": "peak memory per batch relative to a correct evaluation, median over runs",
    "peak_mib": "peak memory per batch, MiB, median over runs",
    "units": "what is resampled: images, or the groups that they belong to",
    "mean": "mean over runs, percent",
    "low": "lower bound of its 95 % interval",
    "high": "upper bound of its 95 % interval",
    "pairs": "seeds at which both this method and the baseline have a result (the mean over its splits where these "
    "are crossed)",
    "diff_mean": "mean paired difference of the test metric to the baseline, points (method minus baseline)",
    "diff_sd": "standard deviation of the paired differences, points",
    "diff_low": "lower bound of its 95 % interval (paired t)",
    "diff_high": "upper bound of its 95 % interval (paired t)",
    "verdict": (
        "different: the interval excludes zero, and the corrected p-value is below 0.05; equivalent: not different, "
        "and the interval lies within the margin; undecided: neither; empty below 8 pairs"
    ),
    "verdict_alone": "verdict from the interval of this comparison alone, without the correction",
    "initial_loss": "mean loss before the first step, nats",
    "uniform_loss": "loss of uniform guessing, ln(classes), nats",
    "val_top1_mean": "mean validation top-1 at the end, percent",
    "steps_to_target": (
        "median step at which validation top-1 first reached the level that every method of the row reaches at the end "
        "of training; > N: not within N steps"
    ),
    "censored": "runs that never reached that top-1",
    "steps_to_loss_target": "the same for validation loss",
    "censored_loss": "runs that never reached that loss",
    "auc_mean": "mean area under the validation top-1 curve over steps, percent",
    "diverged": "runs that ended in a non-finite loss; they count with what they recorded, or with chance level",
    "failed": "runs without a result; each loses its pair",
    "p_fdr": (
        "p-value of the paired t-test after the correction of Benjamini and Hochberg (1995) over all comparisons of "
        "the study"
    ),
    "p_holm": (
        "p-value of the paired t-test after Holm's correction over all comparisons of the study; in a sequential "
        "study after Bonferroni's over all comparisons and looks"
    ),
    "noise_floor": (
        "half the width of the 95 % interval of as many null pairs, points: the difference that the random numbers of "
        "head and dropout alone can make"
    ),
    "kind": (
        "paired: other random numbers for head and dropout; full: another split and data order as well, eight seeds "
        "against the next eight; twin: against the replicate of a method that gives the same runs number by number"
    ),
    "interval": "method of the interval: paired t, exact permutation of signs, or bootstrap (BCa), each at 5 %",
    "setting": "configuration, or all of them",
    "comparisons": "independent null comparisons of eight pairs",
    "excluding": "how many of them exclude zero",
    "share": "that fraction, percent; low and high bound its exact (Clopper-Pearson) 95 % interval",
    "nominal": "what the fraction should be, percent",
    "held": "whether its interval contains the nominal fraction",
    "known": "size of the known effect, points, as computed for the models of these runs",
    "holds": "whether the interval contains the known size",
    "found": "whether it contains the known size and excludes zero",
    "looks": (
        "interim analyses (looks) of this comparison, which ends at its first verdict; difference, interval, p-value "
        "and "
        "verdict are those of the last look"
    ),
    "level": "level of its interval, percent: all intervals of all looks and comparisons hold simultaneously with 95 "
    "% confidence",
    "baseline": "whether this is the method that the others are compared with",
    "tuned": "what was tuned for each method by the mean of the metric on the validation part",
    "baseline_lr": "the baseline's own best learning rate",
    "baseline_epochs": "the baseline's own best number of epochs",
    "holds_zero": "whether the interval contains zero, as it should in 95 of 100 null pairs",
    "cause": "what else could cause such a gap",
    "test": "how the records test it",
    "evidence": "what the records show",
    "nearest": "whether its validation pair lies nearest to the reported one",
    "distance": "Euclidean distance of the validation pair to the reported one, points",
    "val_top1_create_model": "mean validation top-1 of create_model, percent",
    "val_top1_swap_head": "mean validation top-1 of swap_head, percent",
    "top1_create_model": "mean test top-1 of create_model, percent; low and high bound its 95 % interval",
    "top1_swap_head": "mean test top-1 of swap_head, percent; low and high bound its 95 % interval",
    "first": "the first creation",
    "second": "the second creation",
    "trait": "name of the difference (factor) in bridge.takes",
    "what": "the difference in words",
    "first_mean": "mean test metric of the first creation, percent",
    "second_mean": "mean test metric of the second creation, percent",
    "gap_mean": "second minus first, mean over seeds, points; low and high bound its 95 % interval (t)",
    "shapley_mean": "mean contribution over all orders in which the differences can be introduced, points; the "
    "contributions add up to the gap, seed by seed",
    "shapley_low": "lower bound of its 95 % interval (t, over seeds)",
    "shapley_high": "upper bound of its 95 % interval (t, over seeds)",
    "share_mean": "the contribution as a fraction of the gap, percent; empty where the gap's interval contains zero",
    "share_low": "lower bound of its 95 % interval (Fieller, over seeds)",
    "share_high": "upper bound of its 95 % interval (Fieller, over seeds)",
    "first_in_mean": "effect of this difference alone, added to the first creation, points",
    "last_in_mean": "effect of this difference introduced last, i.e. what the second creation loses without it, points",
    "coalitions": "hybrid models for each seed: sets of differences that are introduced",
    "orders": "orders that were sampled; empty: all",
    "sampling_error": "standard error of the contribution from the sampling of orders, points",
    "incomplete": "seeds left out because of missing runs",
    "left": "a method",
    "right": "another method",
    "equal": "pairs of runs in which every recorded number is the same",
    "total": "pairs of runs",
}


def meaning(column: str) -> str:
    """The explanation of a column, by its name or its last part; empty for a setting that explains itself."""
    return MEANING.get(column) or MEANING.get(column.rpartition(".")[2], "")
