"""What to call a device in a list of sessions, as far as its browser says: enough to recognise one's own."""

from typing import Final

# In this order: each of the later words stands in the signatures of the earlier ones, too.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_of(agent: str | None) -> str:
    """Browser and system behind a User-Agent; for programs the first word of it; empty when nothing is known.

    >>> name_of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36")
    'Chrome, Linux'
    >>> name_of("python-httpx/0.28"), name_of(None)
    ('python-httpx/0.28', '')
    """
    text = agent or ""
    known = [next((name for word, name in words if word in text), "") for words in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in known if name) or text.partition(" ")[0][:60]
