"""Training: fine-tuning data (`data/`), a model on it (`tuning/`), the structural encoder (`encoder/`).

Knows nothing of evaluation on dev: models are selected on databases held out of the pool.
"""

from __future__ import annotations
