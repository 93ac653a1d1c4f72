"""The operations that steps are made of: on a batch [N, 3, H, W] in 0..1, with one strength [N] for each image."""
