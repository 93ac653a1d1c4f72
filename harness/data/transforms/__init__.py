"""Augmentation by the batch: each public module is one scheme, found by its name.

A variant is a function `(batch, generator) -> batch` on float images [N, 3, H, W] in 0..1, on any device. Its
random numbers come from a generator on the CPU, so that every device sees the same augmentation, and each
image has its own. A module that also has a function `crops(sizes, generator) -> crops`, from heights and widths
[N, 2] to top, left, height and width [N, 4] in pixels, is given these parts of the images at their stored
resolution, resized, instead of their centre squares.
"""
