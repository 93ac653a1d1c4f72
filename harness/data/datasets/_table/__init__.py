"""Tables of the `datasets` library: which splits and columns they have, and the rows to take."""
