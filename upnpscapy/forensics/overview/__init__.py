"""What ``inspect`` tells of a capture, gathered while it is read."""
