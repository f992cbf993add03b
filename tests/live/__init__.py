"""Live use on the loopback interface, against answers made to measure; the lab has real ones."""
