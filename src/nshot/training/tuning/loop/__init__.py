"""The steps of a training, and what survives a kill."""
