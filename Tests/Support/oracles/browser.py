"""Opens a page in headless Chromium, by day and by night, on a desk and on a phone, and prints what is wrong as JSON.

usage: browser.py FILE [FOLDER]; with a folder, pictures are kept there
"""

import json
import pathlib
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

page_file = pathlib.Path(sys.argv[1]).resolve()
pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
console, violations, overflowing = [], set(), []
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for width in (390, 1280):
        for scheme in ("light", "dark"):
            # The page forbids scripts; the audit is one.
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
            )  # fmt: skip
            page = context.new_page()
            page.on("console", lambda message: console.append(message.text))
            page.on("pageerror", lambda error: console.append(str(error)))
            page.on("requestfailed", lambda request: console.append(f"not loaded: {request.url}"))
            page.goto(page_file.as_uri())
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                overflowing.append(f"{width} {scheme}")
            if pictures:
                page.screenshot(path=pictures / f"{width}-{scheme}.png", full_page=True)
            for violation in Axe().run(page).response["violations"]:
                for node in violation["nodes"]:
                    violations.add(f"{violation['id']}: {node['html']}")
            context.close()
    browser.close()
print(json.dumps({"console": console, "violations": sorted(violations), "overflowing": overflowing}))
