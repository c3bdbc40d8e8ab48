"""What lies on disk beside results: atomic writes, locks, run metadata, the cache folder; and progress.

Knows nothing of what the files mean: no SQL, no questions, no models.
"""
