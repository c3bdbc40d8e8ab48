"""Choosing tokens: batches, KV cache, beam search, sampling."""
