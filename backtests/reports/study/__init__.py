"""The report of a run: page, Markdown, terminal, notebook, section by section."""
