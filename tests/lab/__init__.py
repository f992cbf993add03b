"""A real UPnP network of Linux network namespaces, for tests and recordings.

`network` builds the hosts and their links, `daemons` runs miniupnpd, minidlna and tcpdump on
them, `sessions` plays control points against them, and `record` turns sessions into `pcaps/`.
Nothing here imports upnpscapy: the lab is the independent side of every test that uses it.
"""
