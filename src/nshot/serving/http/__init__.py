"""The server and its borders: the application, what is let in, who may ask."""
