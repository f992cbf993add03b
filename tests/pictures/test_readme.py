"""What the README says of pictures is what happens."""

from __future__ import annotations

from tests.test_readme import blocks, run_python


def test_the_block_runs() -> None:
    (program,) = blocks("python pictures")
    run_python(program.replace('.save("mappings.svg")', ".svg"))
