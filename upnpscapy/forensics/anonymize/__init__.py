"""Captures that can be shared: whatever is not known to be harmless is replaced or zeroed."""
