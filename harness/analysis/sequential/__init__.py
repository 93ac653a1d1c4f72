"""Seeds until a comparison is decided: a plan of looks, and intervals that hold together over all of them."""
