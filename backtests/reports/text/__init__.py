"""Text of reports: numbers, words, small tables, the glossary."""
