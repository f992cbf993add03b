"""Tests of ``upnpscapy.protocol``: bytes and values only, no capture, no network."""
