"""A real UPnP network of Linux network namespaces, for tests and recordings.

`network` builds the hosts and their links, `daemons` runs miniupnpd, minidlna and tcpdump on
them, `sessions` plays control points against them, and `record` turns sessions into `pcaps/`.
`story` plays a long session for tests, and `printed`, `logged` and `logged_media` read what the
programs said in it. Nothing here imports upnpscapy but tests and their fixtures: the lab is the
independent side of every test that uses it.
"""
