"""Does the way a pretrained vision model is created change its accuracy? A harness that measures it."""

__version__ = "0.1.0"
