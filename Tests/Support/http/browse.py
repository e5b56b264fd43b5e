"""Looks at the unsubscribe pages in headless Chromium, and prints what is wrong with them as a JSON list: findings of axe
(WCAG 2.2 AA, contrast among it), what does not fit the screen, requests to elsewhere, and all that the console says.

usage: browse.py LINK LINK-OF-ONE-WHO-IS-LISTED-OTHERWISE [FOLDER FOR SCREENSHOTS]
"""

import json
import pathlib
import sys

import axe_playwright_python
from playwright.sync_api import sync_playwright

link, listed, *folder = sys.argv[1:]
AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
problems = []


def states(page):
    """Goes from page to page as a person would."""
    page.goto(link)
    yield "ask"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=undo]")
    yield "done"
    page.click("button")
    page.wait_for_selector("button[value=unsubscribe]")
    yield "undone"
    page.goto(listed)
    page.click("button")
    page.click("button[value=undo]")
    page.wait_for_selector("main:not(:has(button))")
    yield "kept"
    page.goto(link + "x")
    yield "invalid"


def look(browser, width, scheme, language, judges):
    """With `judges` axe is let in, past the page's policy; else the page is as anybody's."""
    with browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language, bypass_csp=judges
    ) as context:
        page = context.new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        for state in states(page):
            where = f"{state} {language} {width} {scheme}"
            if judges:
                page.evaluate(AXE)
                found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
                for kind in ("violations", "incomplete"):
                    problems.extend(f"{where}: {rule['id']}: {rule['nodes'][0]['html']}" for rule in found[kind])
                if "color-contrast" not in [rule["id"] for rule in found["passes"]]:
                    problems.append(f"{where}: contrast was not looked at")
                continue
            needed = page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                problems.append(f"{where}: needs {needed} pixels")
            if page.get_attribute("html", "lang") != language:
                problems.append(f"{where}: is in another language")
            if folder:
                page.screenshot(path=f"{folder[0]}/{where.replace(' ', '-')}.png")
        # Chromium tells of the statuses 400 and 409 of the last two.
        problems.extend(text for text in said if not text.startswith("Failed to load resource"))
        problems.extend(url for url in asked if not url.startswith((link.partition("?")[0], "data:")))


with sync_playwright() as playwright:
    # Debian's; a sandbox of its own it does not get where root runs it.
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for scheme in ("light", "dark"):
        for width in (320, 390, 1280):
            look(browser, width, scheme, "en", judges=False)
        look(browser, 390, scheme, "en", judges=True)
    for language in ("de", "es", "fr"):
        look(browser, 320, "light", language, judges=False)
    browser.close()
print(json.dumps(problems))
