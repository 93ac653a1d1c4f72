"""Before training: how large will the gap between two creations be? Derivation and range in docs/predict.md."""
