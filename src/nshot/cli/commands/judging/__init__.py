"""Commands that judge answers: eval, compare, calibrate."""
