"""A run as a plain script: torch, timm or torchvision, and nothing of this package."""
