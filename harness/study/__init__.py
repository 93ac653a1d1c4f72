"""A study: requests checked as a whole, what is missing trained, and the answer written."""
