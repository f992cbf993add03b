"""Writes `pcaps/attacks/`: python -m tests.corpus.

All that is synthetic, and the tables of its README; recordings stay as they are, those of
`python -m tests.corpus.record` are made apart.
"""

from __future__ import annotations

import sys

from tests.corpus.folder import ATTACKS, readme
from tests.corpus.table import PAIRS


def main() -> int:
    """0 when all files are written."""
    ATTACKS.mkdir(exist_ok=True)
    for path in ATTACKS.iterdir():
        if path.suffix in (".json", ".pcapng") and not path.name.startswith("recorded-"):
            path.unlink()
    size = 0
    for pair in PAIRS:
        for name, content in pair.files().items():
            (ATTACKS / name).write_bytes(content)
            size += len(content)
    (ATTACKS / "README.md").write_text(readme(), encoding="utf-8")
    print(f"{len(PAIRS)} pairs, {size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
