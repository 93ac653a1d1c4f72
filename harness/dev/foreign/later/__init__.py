"""Reports that were collected after the first look at the held-out half, when what it had shown was mended."""
