"""The claims that are tried: what they say, what the runs and the libraries answer, and the page that shows them."""
