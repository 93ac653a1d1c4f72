"""What a classifier's answers are worth: each public module is one metric, found by its name.

A variant is a function `(scores) -> float | list | array` of `parts.scores.Scores`. Every run records all of
them, on its test and its validation part. Shares are in percent. What cannot be told (the area under a curve where one
class alone occurs) is NaN, which records hold as null.
"""
