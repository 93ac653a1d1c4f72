"""Transfer strategies: which parameters learn, and from what. One variant a file.

A variant is a function `(spec, built, pixels, device) -> Learner` of the run's spec, its model, the training part's
images (uint8 [N, 3, S, S], validation included) and the device to learn on.
"""
