"""Records sent to MLflow: what the tracker, `harness sync`, `harness ui` and `harness server` have in common."""
