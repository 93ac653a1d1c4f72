"""Architectures that timm has only at fixed sizes, registered with timm so that they are made like any other."""

from harness.model.architectures import efficientnet_scaled as efficientnet_scaled
