"""What is asked: the study, its TOML file, overrides, costs, thresholds."""
