"""Elements of XML, written and never read: names are ours, texts are anybody's. Pure."""

from collections.abc import Mapping
from html import escape


class Element:
    """An element with attributes, and a text or elements in it."""

    def __init__(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        self._name = name
        self._attributes = dict(attributes or {})
        self._inside: list[Element] = []
        self.text = ""

    def set(self, name: str, value: str) -> None:
        """Set an attribute."""
        self._attributes[name] = value

    def add(self, name: str, attributes: Mapping[str, str] | None = None) -> "Element":
        """Return a new element at the end of this one."""
        self._inside.append(Element(name, attributes))
        return self._inside[-1]

    def written(self, depth: int = 0) -> str:
        """Return it as XML, an element a line."""
        pairs = "".join(f' {name}="{escape(value)}"' for name, value in self._attributes.items())
        margin = "  " * depth
        if not self._inside and not self.text:
            return f"{margin}<{self._name}{pairs} />\n"
        if not self._inside:
            text = escape(self.text, quote=False)
            return f"{margin}<{self._name}{pairs}>{text}</{self._name}>\n"
        inside = "".join(element.written(depth + 1) for element in self._inside)
        return f"{margin}<{self._name}{pairs}>\n{inside}{margin}</{self._name}>\n"
