"""The command, run in this process and as one of its own."""
