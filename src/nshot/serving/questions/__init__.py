"""Questions on their way through the server: the queue, the thread that owns the model, the steps
told.
"""
