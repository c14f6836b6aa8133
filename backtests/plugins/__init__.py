"""A user's own strategies and signals: files, entry points, validation, whose code failed."""
