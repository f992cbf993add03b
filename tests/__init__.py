"""Tests: what the software promises."""
