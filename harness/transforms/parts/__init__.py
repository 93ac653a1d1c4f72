"""What the augmentation schemes share."""
