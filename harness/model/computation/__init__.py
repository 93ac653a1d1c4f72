"""What a model computes with its tensors, compared with what another one computes with the same."""
