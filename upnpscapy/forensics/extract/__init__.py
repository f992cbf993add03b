"""Taken out of captures: frames of UPnP, documents, and the evidence of findings."""
