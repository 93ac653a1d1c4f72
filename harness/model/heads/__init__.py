"""The head: the layer or layers from pooled features to logits."""
