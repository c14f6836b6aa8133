"""Statistics: arrays in, named results out; nothing of studies or files."""
