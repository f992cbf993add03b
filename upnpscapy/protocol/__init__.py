"""Bytes to values and back: pure functions, without I/O, Scapy or a clock."""
