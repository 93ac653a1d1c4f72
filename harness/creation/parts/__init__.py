"""What several creation methods share."""
