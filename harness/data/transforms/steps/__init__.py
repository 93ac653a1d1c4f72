"""What becomes of pixels after their geometry: each public module is one step, named as its key of `transforms`.

A step is a function `(batch, generator, strength) -> batch` on float images [N, 3, H, W] in 0..1, on any device. Its
random numbers come from the generator on the CPU, each image has its own, and each batch takes equally many.
"""
