"""Tests mirror the source; `contracts` and `oracle` hold what every part must obey."""
