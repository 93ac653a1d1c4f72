"""The made data set's images: what a class is, the geometry of its figure, and how it is drawn."""
