"""The build hook: a wheel and a source archive carry the finished web pages.

They are built here with Node from its wheel, unless ``VIVAVOCE_BUILD_PAGES=prebuilt`` says that
those in src/vivavoce/pages are to be taken, or this is an unpacked source archive, which has them.
"""

import os
import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]  # its argument is hatchling's affair
    """Builds the pages before anything is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages if need be; an error if a finished archive would be without them."""
        root = Path(self.root)
        pages = root / "src" / "vivavoce" / "pages"
        prebuilt = os.environ.get("VIVAVOCE_BUILD_PAGES") == "prebuilt"
        if not (prebuilt or (root / "PKG-INFO").exists()):
            runpy.run_path(str(root / "web" / "build.py"))["build"]()
        # An editable installation reads the folder when it serves; it may be built later.
        if version != "editable" and not any(pages.glob("*.html")):
            raise RuntimeError(f"No web pages in {pages}: run make install first.")
