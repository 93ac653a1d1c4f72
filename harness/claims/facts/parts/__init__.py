"""What several facts share."""
