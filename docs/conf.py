"""How the documentation is built: Sphinx, from the Markdown of this folder; every warning is an error (`make docs`)."""

project = "unlockstep"
author = copyright = "The unlockstep founders"  # noqa: A001 - Sphinx's own name
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "unlockstep"
html_copy_source = False
html_show_sourcelink = False
html_extra_path = ["findings.json"]
exclude_patterns = ["Thumbs.db"]
nitpicky = True
