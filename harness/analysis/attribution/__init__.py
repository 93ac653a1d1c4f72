"""The bridge: what share of the gap between two creations each of their differences makes."""
