"""What the trackers share."""
