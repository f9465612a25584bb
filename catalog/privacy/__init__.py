"""Personal data and small numbers: what they look like, how they are found, and which cells are hidden so that none can be told."""
