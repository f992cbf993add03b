"""Facts over captures: who announced, searched and answered what, and in which frames."""
