"""The stages of any network, found rather than written down."""
