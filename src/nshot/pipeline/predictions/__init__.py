"""The file of predictions, and the description of the run that makes it: it goes on only as it
began.
"""
