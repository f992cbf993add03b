"""Run one command and write its cost to a file: `launch.py COST_FILE COMMAND…`.

The kernel counts the memory of the process that forks as a child's first peak. So the benchmark,
which is large, does not fork what it measures: this script does, and imports next to nothing.
What needs less memory than the bare interpreter (about 9 MiB) is shown with that much.

Bytecode is kept, as it is of what is installed, whatever the environment says:
else each run would compile all sources anew.
"""

import os
import sys
import time

NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


def main(cost_file: str, command: list[str]) -> None:
    """Run the command; write wall and CPU seconds, peak KiB and exit status to `cost_file`."""
    kept = {name: value for name, value in os.environ.items() if name != NO_BYTECODE}
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, kept)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    cpu = usage.ru_utime + usage.ru_stime
    with open(cost_file, "w") as out:  # noqa: PTH123 (pathlib would cost memory)
        out.write(f"{wall} {cpu} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
