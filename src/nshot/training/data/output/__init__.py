"""Writing of fine-tuning data: rows, data card, leakage report."""
