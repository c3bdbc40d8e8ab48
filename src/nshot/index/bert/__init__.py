"""BERT encoders without the library around them: the folder, a pass for few texts, one for many."""
