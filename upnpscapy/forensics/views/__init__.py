"""Rows, documents and the case as trees: what a notebook and a terminal show of them."""
