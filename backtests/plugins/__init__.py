"""A user's own strategies and signals.

class_loader       Strategies that are given as classes and not read from a file
entry_points       Signals and strategies that other installed packages bring, by entry points
error_attribution  Whose code failed
file_loader        Strategies and signals of one's own
local_imports      A file and the files beside it that it imports, read once
lookup             Name → class
scaffold           The files that `unlockstep new strategy` writes
trust              Whether the code that a study names may run
validation         What keeps a class that someone else wrote from being used
"""
