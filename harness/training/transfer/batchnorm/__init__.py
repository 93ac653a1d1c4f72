"""What becomes of BatchNorm layers in a transfer. One variant a file.

A variant is a function `(context) -> Handling` of a `harness.training.transfer._handling.Context`.
"""
