"""What probes and the birth certificate share."""
