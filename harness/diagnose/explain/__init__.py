"""What differs between two creations, and how much each difference matters at step 0.

The differences are taken over one at a time: a hybrid model is the first creation with one factor of the second. Of
each the logits are compared, the loss, and what one step of the planned optimizer does to the logits.
"""
