"""What is wrong, and which findings of the audit say so; a cause without any is one that the audit does not know."""

from __future__ import annotations

CAUSES: dict[str, frozenset[str]] = {
    # the weights
    "weights not loaded": frozenset(
        {"weights-not-loaded", "weights-partly-loaded", "weights-wrong-keys", "untrained-backbone"}
    ),
    "weights overwritten after loading": frozenset(
        {"weights-not-loaded", "weights-partly-loaded", "untrained-backbone"}
    ),
    "some tensors of the weights not loaded": frozenset(
        {"weights-partly-loaded", "weights-wrong-keys", "untrained-head", "first-convolution-drawn"}
    ),
    "statistics of BatchNorm disturbed after loading": frozenset({"weights-partly-loaded"}),
    "values that are not finite": frozenset({"non-finite-tensor"}),
    "scale of the residual branches": frozenset({"layer-scale"}),
    # the head and what comes after it
    "head initialised too wide": frozenset({"initial-loss", "logit-spread", "head-out-of-reach"}),
    "settings of the norms": frozenset({"reference-forward"}),
    "head of other classes": frozenset({"output-width"}),
    "head on the logits of the old head": frozenset({"head-on-logits"}),
    "outputs without negative values": frozenset({"clipped-outputs"}),
    "outputs already normalised": frozenset({"normalised-outputs"}),
    "two layers of zeros in a row": frozenset({"dead-tensor", "dead-activations", "no-gradient"}),
    "pooling lost": frozenset({"pooling-lost"}),
    "pooled over the wrong axis or tokens": frozenset({"pooling-lost"}),
    "layers applied twice": frozenset({"repeated-layers"}),
    "dropout not at the rate asked for": frozenset({"drop-rate-without-effect"}),
    # modes
    "dropout at work in evaluation": frozenset({"train-mode", "random-outputs"}),
    "evaluated in train mode": frozenset({"train-mode"}),
    "statistics of frozen norms move": frozenset({"moving-statistics"}),
    # what learns
    "backbone learns where the head alone was meant to": frozenset({"unfrozen-parameters"}),
    "parameters missing from the optimizer": frozenset({"not-in-optimizer"}),
    "no gradient reaches the backbone": frozenset({"no-gradient"}),
    "frozen layers that were never trained": frozenset({"frozen-parameters"}),
    "layers not registered": frozenset({"unregistered-layers"}),
    "learning rate too high for trained weights": frozenset(),
    # images and labels
    "normalisation": frozenset({"normalisation", "input-range"}),
    "scale of the images": frozenset({"normalisation", "input-range"}),
    "order of the channels": frozenset({"channel-order"}),
    "pixels scrambled": frozenset({"scrambled-pixels"}),
    "evaluation images cropped at random": frozenset({"crop"}),
    "aspect ratio": frozenset({"aspect-ratio"}),
    "size of the images": frozenset({"image-size"}),
    "filter of the resizing": frozenset({"interpolation"}),
    "labels out of range": frozenset({"label-range"}),
    "labels in another order than the head's": frozenset({"label-order"}),
}
