"""The rows of a training, as tokens."""
