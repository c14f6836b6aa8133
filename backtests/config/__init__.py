"""What is asked: the study, its file, overrides, costs, thresholds.

costs         What trading costs, and the price that orders are filled at
overrides     What --set says
study         Study: what is asked. The same study on the same prices gives the same bytes
study_file    A study's TOML file: what it says, and in which line it says it
study_tables  The tables of a study: costs, variants, and what holds for the values in all of them
thresholds    The thresholds of the verdict
"""
