"""Training of large models at 224 pixels: images a second, utilisation, and the ratio to a bare loop."""
