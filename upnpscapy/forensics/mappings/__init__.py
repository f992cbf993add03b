"""The life of port mappings and pinholes: calls in, rows out."""
