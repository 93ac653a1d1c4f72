"""Shifted test parts: how a trained model does on images that differ from those it learnt from. One variant a file.

A variant is a generator `(spec, dataset, preprocessing) -> (name, images), ...`: other versions of the test part, or
another test part of the same classes. They are an outcome, and take part in no choice.
"""
