"""The command line: a module a group of commands.

app        The command line: thin. It knows the commands, and turns errors into one sentence
arguments  What the commands' options mean: the study asked for, the place of a run, the console of its report
ascii_output  Output to a terminal, or a file, whose encoding lacks the signs of the reports
audit      `unlockstep audit`
calibrate  `unlockstep calibrate` and `unlockstep calibrate signals`
data       `unlockstep data fetch` and `unlockstep data check`
events     `unlockstep events`
list       `unlockstep list` and `unlockstep data show`
negative_numbers  Negative numbers as arguments
new        `unlockstep new`
options    Options that several commands share
output     How a command that leaves a folder ends
overview   The first page of help, which lists the commands
progress   Progress bars, on stderr; silent when quiet or when stderr is no terminal
register   `unlockstep register` and `unlockstep withdraw`
replicate  `unlockstep replicate`
run        `unlockstep run` and `unlockstep compare`
sweep      `unlockstep sweep`
universe   `unlockstep universe`
unseal     `unlockstep unseal`
"""
