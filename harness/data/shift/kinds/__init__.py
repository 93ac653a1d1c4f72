"""Kinds of corruption: `(unit, level, generator) -> unit`, float images in 0..1, [N, 3, S, S]. One a file.

The strengths, for severities 1 to 5, are those of the benchmark's own scripts (github.com/hendrycks/robustness:
`make_cifar_c.py`, `make_tinyimagenet_c.py`, `make_imagenet_c.py`). What leaves 0..1 is clipped by the caller.
"""
