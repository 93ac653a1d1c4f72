"""What the metrics share: the answers that they are computed from, and means over classes."""
