"""Mend each page that mkdocs makes: share what all notebooks repeat, and fetch nothing from elsewhere."""
import hashlib, re
from pathlib import Path

# JupyterLab's style, half a megabyte, and its script for diagrams, which no page has
STYLE = re.compile(r'<style type="text/css">\s*(@charset "UTF-8";.*?)</style>', flags=re.S)
MERMAID = re.compile(r'<script type="module">(?:(?!</script>).)*?mermaid.*?</script>', flags=re.S)
CONTENTS = re.compile(r'href="#([^"]+)" class="md-nav__link"')
HEADING = re.compile(r'<h\d id="([^"]+)">')


def mended(html):
    """The page with the places that its table of contents names and JupyterLab named otherwise.

    Those are second places of one name, and places with code in their name."""
    headings, there = list(HEADING.finditer(html)), set(re.findall(r'id="([^"]+)"', html))
    missing = {}
    for name in dict.fromkeys(CONTENTS.findall(html)):
        plain, _, number = name.rpartition('_') if re.search(r'_\d+$', name) else (name, '', '0')
        alike = [heading.start() for heading in headings if heading[1].startswith(plain)]
        if name not in there and len(alike) > int(number): missing[alike[int(number)]] = name
    for start, name in sorted(missing.items(), reverse=True):
        html = f'{html[:start]}<a id="{name}"></a>{html[start:]}'
    return html


def with_code(html):
    "The page with the code spans of its headings in its table of contents, from which mkdocs drops them."
    titles = dict(re.findall(r'<h[2-4] id="([^"]+)">(.*?)<a class="anchor-link"', html, flags=re.S))
    def entry(match):
        title = titles.get(match[2], '')
        return match[1] + title + match[3] if '<code>' in title else match[0]
    link = r'<a href="#([^"]+)" class="md-nav__link">\s*<span class="md-ellipsis">'
    return re.sub(rf'({link})[^<]*(</span>)', entry, html)


def on_post_page(output, page, config):
    "Move JupyterLab's style sheet into one file, and leave out the script for diagrams."
    def linked(match):
        name = f'assets/notebook-{hashlib.sha256(match[1].encode()).hexdigest()[:8]}.css'
        file = Path(config.site_dir)/name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(match[1], encoding='utf-8')
        return f'<link rel="stylesheet" href="{"../" * page.url.count("/")}{name}">'
    return with_code(mended(MERMAID.sub('', STYLE.sub(linked, output))))
