"""What the tests with a browser need from the machine; see ``tests.lab.requirements``."""

import shutil

from tests.lab.requirements import required

__all__ = ["PROGRAMS", "missing", "required"]

# Program → Debian package.
PROGRAMS = {"chromium": "chromium", "pdftotext": "poppler-utils"}


def missing() -> str | None:
    """The reason why no browser can be driven here, or None where one can."""
    absent = [f"{name} (Debian {package})" for name, package in PROGRAMS.items() if not which(name)]
    return f"the browser's tests miss programs: {', '.join(absent)}" if absent else None


def which(name: str) -> str | None:
    """Where a program is, None if it is not there."""
    return shutil.which(name)
