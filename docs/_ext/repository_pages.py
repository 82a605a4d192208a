"""Sphinx: links from pages to the rest of the repository.

Pages link to ``../examples/sweep.py`` as code hosts need it. Here each such file gets a
page of its own: a script with colours, Markdown as it is meant, a folder with its list.
"""

import ast
from html import escape
from pathlib import Path, PurePosixPath
from posixpath import normpath

from docutils import nodes
from markdown_it import MarkdownIt
from site_text import DOCS, FENCE, LINK
from sphinx.util.osutil import copyfile, ensuredir, relative_uri

ROOT = DOCS.parent
SHOWN = {".py": "python", ".cpp": "c++", ".toml": "toml", ".cfg": "ini"}
HIDDEN = ("__", ".")


def outside(link, folder):
    """Return the path in the repository that a link of a page in *folder* leads to.

    None if it leads to a page of the site, or out of the repository.
    """
    path = link.partition("#")[0]
    if not path or "://" in link or path.startswith("mailto:"):
        return None
    place = normpath(PurePosixPath(folder, path).as_posix())
    inside = PurePosixPath(place).is_relative_to("docs")
    return None if inside or not (ROOT / place).exists() else place


def mark(app, docname, source):
    """Mark the links of a page that lead out of the site."""
    folder = PurePosixPath("docs", docname).parent

    def marked(text):
        def link(found):
            place = outside(found[0], folder)
            return found[0] if place is None else f"repository:{place}"

        return LINK.sub(link, text)

    parts, end = [], 0
    for fence in FENCE.finditer(source[0]):
        parts += [marked(source[0][end : fence.start()]), fence[0]]
        end = fence.end()
    source[0] = "".join([*parts, marked(source[0][end:])])


def page_of(place):
    """Return the page of a file or a folder."""
    return normpath(f"repository/{place}") + ("/index" * (ROOT / place).is_dir())


def resolve(app, doctree, docname):
    """Let marked links lead to the pages of this extension."""
    for node in doctree.findall(nodes.reference):
        uri = node.get("refuri", "")
        if uri.startswith("repository:"):
            place = uri.removeprefix("repository:")
            node["refuri"] = app.builder.get_relative_uri(docname, page_of(place))
            _wanted(app.env).setdefault(docname, set()).add(place)


def _wanted(env):
    if not hasattr(env, "repository_links"):
        env.repository_links = {}
    return env.repository_links


def purge(app, env, docname):
    """Forget the links of a page that is read again."""
    _wanted(env).pop(docname, None)


def merge(app, env, docnames, other):
    """Take the links that another process found."""
    _wanted(env).update(_wanted(other))


def summary(path):
    """Return what a file says of itself in one line."""
    if path.suffix != ".py":
        return ""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


class Pages:
    """The pages of files and folders, and of what these link to."""

    def __init__(self, app):
        self.app = app
        self.todo, self.seen = [], set()

    def link(self, place, page):
        """Return the link from *page* to the page of a path, which it asks for."""
        if place not in self.seen:
            self.seen.add(place)
            self.todo.append(place)
        target = page_of(place)
        return relative_uri(page + ".html", target + ".html")

    def follow(self, link, folder, page):
        """Return a link of a Markdown file as a link of its page."""
        if (place := outside(link, folder)) is not None:
            path = ROOT / place
            if path.is_file() and path.suffix not in {*SHOWN, ".md"}:
                return self.copy(place, page)
            return self.link(place, page)
        path, _, anchor = link.partition("#")
        place = normpath(PurePosixPath(folder, path).as_posix())
        document = place.removeprefix("docs/").removesuffix(".md")
        if document in self.app.env.found_docs:
            uri = relative_uri(page + ".html", document + ".html")
            return f"{uri}#{anchor}" if anchor else uri
        if path and (ROOT / place).is_file():
            return self.copy(place, page)
        return link

    def copy(self, place, page):
        """Return the link to a copy of a file."""
        target = Path(self.app.outdir, "repository", place)
        ensuredir(target.parent)
        copyfile(ROOT / place, target, force=True)
        return relative_uri(page + ".html", f"repository/{place}")

    def markdown(self, place, page):
        """Return a Markdown file as HTML."""
        parser = MarkdownIt("commonmark", {"highlight": self.code}).enable("table")
        tokens = parser.parse((ROOT / place).read_text(encoding="utf-8"))
        folder = PurePosixPath(place).parent
        for token in tokens:
            if token.type == "table_open":
                token.attrs["class"] = "docutils"
            for child in token.children or ():
                for key in {"href", "src"} & child.attrs.keys():
                    child.attrs[key] = self.follow(child.attrs[key], folder, page)
        return parser.renderer.render(tokens, parser.options, {})

    def folder(self, place, page):
        """Return a folder as HTML: its README, and the list of what it holds."""
        readme = ROOT / place / "README.md"
        head = f"<h1>{escape(place)}</h1>"
        if readme.exists():
            head = self.markdown(f"{place}/README.md", page)
        rows = []
        for path in sorted((ROOT / place).iterdir()):
            name = f"{place}/{path.name}"
            if path.name.startswith(HIDDEN) or path == readme:
                continue
            if path.is_dir() or path.suffix in SHOWN:
                uri = self.link(name, page)
            else:
                uri = self.copy(name, page)
            about = summary(path) if path.is_file() else ""
            rows.append(
                f'<tr><td><a href="{uri}"><code>{escape(path.name)}</code></a></td>'
                f"<td>{escape(about)}</td></tr>"
            )
        return f'{head}<table class="docutils">{"".join(rows)}</table>'

    def script(self, place):
        """Return a script as HTML, with colours."""
        path = ROOT / place
        text = path.read_text(encoding="utf-8")
        language = SHOWN.get(path.suffix, "text")
        return f"<h1>{escape(place)}</h1>{self.code(text, language)}"

    def code(self, text, language, *_):
        """Return code as HTML, with colours."""
        html = self.app.builder.highlighter.highlight_block(text, language or "text")
        return f'<div class="highlight-{language or "text"} notranslate">{html}</div>'

    def __iter__(self):
        while self.todo:
            place = self.todo.pop()
            page, path = page_of(place), ROOT / place
            if path.is_dir():
                body = self.folder(place, page)
            elif path.suffix == ".md":
                body = self.markdown(place, page)
            else:
                body = self.script(place)
            yield page, {"title": place, "body": body, "parents": []}, "page.html"


def collect(app):
    """Make the pages of all that was linked."""
    pages = Pages(app)
    for places in _wanted(app.env).values():
        for place in sorted(places):
            pages.link(place, "index")
    yield from pages


def setup(app):
    """Connect this extension to Sphinx."""
    app.connect("source-read", mark)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-resolved", resolve)
    app.connect("html-collect-pages", collect)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
