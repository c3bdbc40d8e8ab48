"""The forward pass of Llama models on a CPU with weights of 8 bits, computed by OpenVINO.

All layers are one call, so a step costs little more than its products. Does not know how tokens are
chosen or which model it is.
"""
