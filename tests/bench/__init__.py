"""Benchmark captures, made from a seed, and how long each reader needs for them.

Run `python -m tests.bench` from the repository's root.
"""
