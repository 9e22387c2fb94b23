"""Settings of the site: ``hatch run docs``. The API comes from the packages that are installed."""

import sys
from pathlib import Path

import zmq

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "zmq"
author = "The zmq developers"
copyright = "The zmq developers, BSD-3-Clause"  # noqa: A001
release = version = zmq.__version__

extensions = [
    "api",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]

# --- text ------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["decisions", "inventories"]

# --- API -------------------------------------------------------------------------------------

default_role = "py:obj"
autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = ["Contract", "Invariants"]

# The inventory in this folder is used where the network is not: docs/inventories/README.md.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", (None, "inventories/python.inv")),
}
intersphinx_timeout = 5

# --- looks -----------------------------------------------------------------------------------

html_theme = "furo"
html_title = "zmq"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
copybutton_exclude = ".linenos, .gp, .go"

# --- links -----------------------------------------------------------------------------------

linkcheck_timeout = 10
linkcheck_retries = 1
linkcheck_ignore = [r"https?://(localhost|127\.0\.0\.1)"]
