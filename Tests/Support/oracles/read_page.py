"""Reads HTML pages as Python's html.parser understands them: for each a list of tags with the names of their attributes, and
its texts; fails where elements are not closed in order. Reads a list of pages."""

import json
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.open, self.targets = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(" ".join([tag] + [name for name, _ in attributes]))
        self.targets += [value for name, value in attributes if name in ("href", "src", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise SystemExit(f"</{tag}> closes something else")

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())


def read(text):
    page = Page()
    page.feed(text)
    page.close()
    if page.open:
        raise SystemExit(f"{page.open} is left open")
    return {"tags": page.tags, "texts": page.texts, "targets": page.targets}


json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
