"""What the harness costs: against a bare loop, for tracking, and for each monitor."""
