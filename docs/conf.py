# Configuration of Sphinx; see docs/CMakeLists.txt for the targets.
import os

project = "pkgimg"
copyright = "the pkgimg developers"
version = release = "0.1.0"
master_doc = "index"
exclude_patterns = ["_build"]
html_theme = "alabaster"
highlight_language = "none"

# Each page of the command guide is a man page of section 1.
man_pages = []
guide = os.path.join(os.path.dirname(os.path.abspath(__file__)), "CommandGuide")
for name in sorted(os.listdir(guide)):
    base, ext = os.path.splitext(name)
    if ext != ".rst" or base == "index":
        continue
    with open(os.path.join(guide, name)) as f:
        title = f.readline().strip()
    man_pages.append(
        (
            "CommandGuide/" + base,
            base,
            title.partition(" - ")[2],
            "the pkgimg developers",
            1,
        )
    )
