"""Our own forward pass of Llama models on a CPU: packed weights, and few operations for each layer.

It computes what transformers computes, in the same order and with the same rounding. Does not know
how tokens are chosen or which model it is.
"""
