"""An MLflow server for many writers: PostgreSQL behind it, and a folder for artifacts."""
