"""The labelled corpus `pcaps/attacks/`: what makes it, table by table."""
