"""unlockstep."""
