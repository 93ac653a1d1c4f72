"""Hyperparameters searched for each method by itself, with equal budgets, on the validation part."""
