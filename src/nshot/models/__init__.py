"""Files of models: base models, tokenizers, adapters, GGUF, and the embedded model that ships.

Does not know how prompts are worded or how tokens are chosen: it opens files and says what is in them.
"""
