"""What a sweep would do, what of it is done already, what stands in its way, and what it will cost."""
