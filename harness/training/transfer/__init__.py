"""Transfer strategies: which parameters learn, when, at what rate, and from what. One variant a file.

A variant is a function `(spec, built, images, device) -> Learner` of the run's spec, its model, the training part's
images (validation included) and the device to learn on.
"""
