"""Settings of the site: ``python -m sphinx -W --keep-going -b html docs site``.

Nothing is fetched: the site is built, and read, without a network.
"""

import configparser
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

import dendrisyn  # noqa: E402 - of this checkout

project = "dendrisyn"
author = "The dendrisyn developers"
version = release = dendrisyn.__version__

settings = configparser.ConfigParser()
settings.read(HERE.parent / "setup.cfg", encoding="utf-8")
repository = re.search(r"https://\S+", settings["metadata"]["project_urls"])[0]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "site_pages",
    "repository_pages",
]
exclude_patterns = ["_ext"]

# Names in single backticks are objects of Python, as in the docstrings of numpydoc.
default_role = "py:obj"
toc_object_entries_show_parents = "hide"
autodoc_inherit_docstrings = False
autodoc_typehints = "none"
# Which methods are shown, and where, is decided in site_text.py.
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# The anchors that code hosts give to headings.
myst_heading_anchors = 4
myst_url_schemes = {"http": None, "https": None, "mailto": None, "repository": None}

html_theme = "furo"
html_title = f"dendrisyn {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "navigation_with_keys": True,
    "source_repository": repository,
    "source_branch": "main",
    "source_directory": "docs/",
    "top_of_page_buttons": ["edit"],
}
