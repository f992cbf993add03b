"""The facts that rules judge, gathered while a capture is read; all of them bounded."""
