"""What claims say of the libraries themselves, tried on the release at hand. One claim a file.

A variant is a function `() -> Iterator[Fact]` that bears its module's name. It needs timm, torch and torchvision only,
so that other releases of timm can be put before the installed one.
"""
