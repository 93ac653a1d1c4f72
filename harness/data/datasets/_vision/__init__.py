"""torchvision's data sets: which class, which of its splits, what it holds, and where its files come from."""
