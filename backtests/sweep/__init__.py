"""Sweeps: variants by the hundred thousand, and what so many are worth.

grid               the variants of one strategy, known by their numbers
plan               what a sweep is to do; a block of variants evaluated
code_version       which version of the code a figure comes from
workers            blocks on processes, or on a Dask cluster
import_path        processes that this one starts import nothing from the current folder
cluster            any work on a Dask cluster
processes          any work in several processes
accounts           many accounts at once: wanted weights in, figures out
positions          compiled: from wanted weights to decisions, and their timing
kernel             compiled: the accounts
many_legs          compiled: the accounts of any number of legs
stretches          compiled: sums of positions and outcomes, from running totals
transforms         the same where positions change often
null_distribution  what chance makes of all variants: every shift, resampled histories, sketches
walk_forward       choosing among all variants without hindsight
pbo                PBO over a random part of them
expected_trials    to how many independent trials a sweep will amount, before it is done
collect            from blocks to what is known of all
surface            t over two parameters and over three, and what is left of it after counting all variants
edges              whether the best lie on the edge of the grid, and what lies beyond
plateau            how much of the surface round the best holds up, beside chance's peaks
parity             the kernel held against vectorbt
summary            the content of sweep.json
table              variants.parquet
"""
