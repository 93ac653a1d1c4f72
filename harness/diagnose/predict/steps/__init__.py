"""After a few real steps of both runs: how large will the gap be at their end? Derivation in docs/predict.md."""
