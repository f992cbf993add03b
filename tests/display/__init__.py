"""Any text in every form of output."""
