"""What the data sets share: images in memory, reading and resizing, choosing, splitting, describing."""
