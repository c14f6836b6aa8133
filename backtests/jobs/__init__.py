"""Jobs: one file each, from a study or a folder to what is left behind."""
