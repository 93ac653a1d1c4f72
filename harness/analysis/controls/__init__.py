"""Controls: what the comparisons say where nothing is to be found, and where an effect of known size is planted."""
