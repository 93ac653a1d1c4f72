"""How the runs of a sweep are computed. Each variant yields records as they end, and writes them first."""
