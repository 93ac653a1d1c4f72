"""Norm layers to exchange a network's own for. One variant a file.

A variant is a function `(features) -> nn.Module | None`: the new layer for maps [N, features, H, W], None to keep what
is there.
"""
