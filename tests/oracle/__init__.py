"""A second accounting, independent of the engine."""
