"""What schedules share."""
