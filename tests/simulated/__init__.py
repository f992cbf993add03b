"""Tests of the simulated devices, on loopback."""
