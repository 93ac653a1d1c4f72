"""What differs between two creations, and how much each difference matters at step 0.

The differences are taken over one at a time: a hybrid is the first creation with one trait of the second. Each hybrid
is asked for its logits, its loss, and what one step of the planned optimiser does to its logits.
"""
