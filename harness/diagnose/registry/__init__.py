"""Model versions: the best of a study in MLflow's model registry, its champion and its challenger."""
