"""Does every creation method work on every family of architectures, or refuse with the reason? Tried, not assumed."""
