"""The notebooks of ``notebooks/``: executed, and held against what was committed."""
