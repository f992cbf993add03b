"""Devices that exist in this program: a gateway and a media renderer, for experiments.

They are UPnP devices in full (discovery, description, control, eventing), by default on
loopback, where nobody else hears them.
What they are is in ``gateway`` and ``renderer``; how they talk in ``network``.
"""
