"""What every signal, strategy and simulation must obey."""
