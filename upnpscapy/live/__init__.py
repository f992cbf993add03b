"""On the network itself: the only package that opens a socket."""
