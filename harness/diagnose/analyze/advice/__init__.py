"""What follows from a data set: each public module gives advice of one kind, found by its name.

A variant is a function `(facts) -> Iterator[Choice]`. Facts hold the training part alone: the test part takes part
in no choice.
"""
