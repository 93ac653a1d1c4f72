"""One real network fine-tuned by this package, and by what a user would write instead."""
