"""The first screen: at most five short lines, and one configuration that stands for the whole study."""
