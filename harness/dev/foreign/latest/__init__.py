"""Reports that were collected when what the later ones had shown was mended; the audit was run on them once."""
