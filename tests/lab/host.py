"""A host of the lab: its addresses, and how to run a program on it."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from .programs import PATIENCE_SECONDS, Program, run

LAN_IPV4 = "192.168.77."
LAN_IPV6 = "2001:db8:77::"
LAN_MAC = "02:00:00:00:77:"
NUMBERS = {"router": 1, "media": 2, "client": 10, "other": 11}

_logs = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Host:
    """One host of the network: where it is, and how to run a program on it."""

    name: str
    namespace: str
    directory: Path
    interface: str = "eth0"

    @property
    def number(self) -> int:
        return NUMBERS[self.name]

    @property
    def ipv4(self) -> str:
        return f"{LAN_IPV4}{self.number}"

    @property
    def ipv6(self) -> str:
        return f"{LAN_IPV6}{self.number}"

    @property
    def mac(self) -> str:
        return f"{LAN_MAC}{self.number:02d}"

    def command(self, *words: str) -> list[str]:
        """The words that run a program here, ended by the kernel if the lab's process dies."""
        inside = ("ip", "netns", "exec", self.namespace)
        return [*inside, "setpriv", "--pdeathsig", "KILL", *words]

    def run(
        self,
        *words: str,
        timeout: float = PATIENCE_SECONDS,
        check: bool = True,
        feed: str = "",
    ) -> str:
        """What a program run here to its end wrote on stdout and stderr."""
        return run(self.command(*words), timeout=timeout, check=check, feed=feed)

    def start(self, *words: str) -> Program:
        """A program running here, which the caller stops."""
        name = Path(words[0]).name
        log = self.directory / f"{self.name}-{name}-{next(_logs)}.log"
        return Program(name, self.command(*words), log)

    def has_carrier(self, interface: str) -> bool:
        """Whether something is connected to an interface here."""
        return "LOWER_UP" in self.run("ip", "-o", "link", "show", interface)

    def listens(self, protocol: str, port: int) -> bool:
        """Whether some program here has a `tcp` or `udp` port open."""
        state = "-ltnH" if protocol == "tcp" else "-lunH"
        return bool(self.run("ss", state, f"sport = :{port}").strip())
