"""From a spec to a model before its first step.

`build` is the way through: weights are found (`weights`), a creation method makes the model (`creation`), what was
loaded is verified (`verify`), and the head is initialised (`heads`, `init`). `options` knows what an architecture can
be made with, `exchange` and `norms` change layers afterwards, `stages` groups parameters, and `computation` tells where
two models compute something else. What users add has a package each: `weights`, `creation`, `init`.
"""
