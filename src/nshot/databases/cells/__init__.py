"""What databases hold: the cells that are read, samples of rows, and the values that a question
names.
"""
