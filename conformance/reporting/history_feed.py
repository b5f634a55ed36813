"""feed.xml: the changes as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree

from conformance.plain_text import printable
from conformance.reporting.history_news import Item
from conformance.reporting.history_page import PAGE
from conformance.reporting.pages import environment

FEED = "feed.xml"
LIMIT = 100  # entries: readers fetch the whole feed again and again

_ATOM = "http://www.w3.org/2005/Atom"
# A tag URI (RFC 4151) wants an authority, and the ids must outlive every host that the feed is published on: a name
# below .invalid belongs to nobody, and never will.
_TAG = "tag:tensorflow-hub-conformance.invalid,2026:"


def render_feed(news: Sequence[Item], updated: datetime, site: str = "") -> bytes:
    """The feed.

    Args:
        news: the latest first; what exceeds `LIMIT` is left out.
        updated: when the latest run ended.
        site: the address of the folder that the reports are published in; where it is not known, links are relative,
            and the feed does not say where it is itself.
    """
    ElementTree.register_namespace("", _ATOM)
    base = f"{site.rstrip('/')}/" if site else ""
    feed = ElementTree.Element(_name("feed"), {"xml:lang": "en"})
    _text(feed, "id", f"{_TAG}feed")
    _text(feed, "title", "TensorFlow Hub model compatibility: changes")
    _text(feed, "updated", _time(updated))
    _text(ElementTree.SubElement(feed, _name("author")), "name", "TensorFlow Hub conformance harness")
    if base:
        ElementTree.SubElement(feed, _name("link"), {"rel": "self", "href": f"{base}{FEED}"})
    ElementTree.SubElement(feed, _name("link"), {"rel": "alternate", "type": "text/html", "href": f"{base}{PAGE}"})
    content = environment().get_template("news.html.j2").module
    for item in news[:LIMIT]:
        entry = ElementTree.SubElement(feed, _name("entry"))
        where = f"{base}{PAGE}#{item.anchor}"
        _text(entry, "id", f"{_TAG}{item.id}")
        _text(entry, "title", item.title)
        _text(entry, "updated", _time(item.run.finished))
        ElementTree.SubElement(entry, _name("category"), {"term": str(item.change)})
        ElementTree.SubElement(entry, _name("link"), {"rel": "alternate", "type": "text/html", "href": where})
        _text(entry, "content", str(content.item(item)).strip(), type="html")  # type: ignore[attr-defined]
    ElementTree.indent(feed)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _text(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, _name(name), attributes).text = printable(text)


def _name(local: str) -> str:
    return f"{{{_ATOM}}}{local}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
