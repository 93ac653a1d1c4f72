"""What several kinds of difference share."""
