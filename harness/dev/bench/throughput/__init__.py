"""Many runs: a plain script for each, against the executors."""
