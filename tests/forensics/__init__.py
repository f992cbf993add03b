"""Facts over captures that the tests make, frame by frame."""
