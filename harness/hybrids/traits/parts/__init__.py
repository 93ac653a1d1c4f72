"""What several traits share."""
