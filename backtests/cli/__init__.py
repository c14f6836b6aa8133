"""The commands of the command line, a module a group: each reads options, calls the work and shows the result.

Nothing heavy is imported before a command needs it.

study      run, compare
events     events
audit      audit
calibrate  calibrate
replicate  replicate
new        new
inspect    list, data show
prices     data fetch, data check
overview   the first page of help
asked      what the options mean
options    options that several commands share
told       how a command that leaves a folder ends
bars       progress
"""
