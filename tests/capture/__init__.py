"""Files, link layers and packets, down to the messages that are found in them."""
