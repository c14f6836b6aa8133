"""Ethereum and US small caps used to move in lockstep. When they come apart, is there money in knowing it?"""
