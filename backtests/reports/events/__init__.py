"""The report of a study of events."""
