"""Does every profile go with every transfer strategy, creation method, family and data set? One step each, tried."""
