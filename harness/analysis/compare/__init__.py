"""What differs between two runs, or between two studies: read from records alone, without torch."""
