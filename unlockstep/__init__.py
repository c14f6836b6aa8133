"""unlockstep: Ethereum and US small caps used to move in lockstep; when they come apart, is there money in knowing it?"""
