"""Answering with numbers: points, sums, and why there is none."""
