"""The answer in plain sentences, one kind of sentence a file; every one is derived from the numbers."""
