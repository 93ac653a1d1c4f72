"""Init schemes: the law that a new head's weights are drawn from. One variant a file.

A variant is a function `(weight, generator) -> bias law`: it fills `weight` in place, shape [classes, features],
and returns the bound of the uniform law of the bias, 0 for a bias of zeros. All draws come from `generator`, so
that two creation methods whose heads have the same shape draw the same numbers.
"""
