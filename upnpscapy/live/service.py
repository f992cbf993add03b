"""A service on the network: what it can do, and calls of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from upnpscapy.display import printable
from upnpscapy.errors import ArgumentError, DescriptionError, UpnpError
from upnpscapy.live.action import LiveAction
from upnpscapy.live.answer import Answer, read_answer
from upnpscapy.live.arguments import Given, build_arguments, close_to
from upnpscapy.live.control import call
from upnpscapy.live.http import Http
from upnpscapy.protocol.description_tree import Device, Service
from upnpscapy.protocol.description_view import remarks, service_fields, short_type
from upnpscapy.protocol.scpd import parse_scpd
from upnpscapy.protocol.scpd_tree import Scpd
from upnpscapy.protocol.scpd_view import scpd_nodes
from upnpscapy.tree import Node, Shown, Tree

if TYPE_CHECKING:
    from upnpscapy.live.subscribe import Subscriber

__all__ = ["LiveService"]


class LiveService(Shown):
    """A service; its actions are attributes: ``service.GetExternalIPAddress()``.

    Where its SCPD cannot be read every name is an action, and arguments are sent as given.
    """

    def __init__(self, service: Service, device: Device, location: str, http: Http) -> None:
        self.service = service
        """What the description says of it."""
        self.device = device
        """The device it is directly in."""
        self.location = location
        """The description it was read in."""
        self.http = http
        self._lock = threading.Lock()
        self._scpd: Scpd | None = None
        self._problem: UpnpError | None = None

    @property
    def service_type(self) -> str:
        """Its type as sent; "" if it is missing."""
        return self.service.service_type or ""

    @property
    def short_id(self) -> str:
        """The last part of the service id, else the name in the type: ``WANIPConn1``."""
        return self.service.short_id

    @property
    def scpd(self) -> Scpd:
        """What it can do, fetched when first asked for.

        Raises ``DescriptionError``, ``TransportError`` or ``ResponseError``, the same one each
        time; ``fetch_scpd`` tries anew.
        """
        with self._lock:
            if self._scpd is None and self._problem is None:
                self._fetch()
            if self._scpd is None:
                raise self._problem or DescriptionError("no SCPD", self.location)
            return self._scpd

    @property
    def scpd_problem(self) -> UpnpError | None:
        """Why there is no SCPD; None if there is."""
        self._known()
        return self._problem

    @property
    def actions(self) -> tuple[LiveAction, ...]:
        """What can be called, in the order of the SCPD; errors are those of ``scpd``."""
        return tuple(LiveAction(one.name, one, self._send) for one in self.scpd.actions)

    def fetch_scpd(self) -> Scpd:
        """Fetch the SCPD anew."""
        with self._lock:
            self._scpd = self._problem = None
        return self.scpd

    def call(self, action: str, arguments: Given = (), *, check: bool = True) -> Answer:
        """Call an action by name; arguments are name → value, or pairs.

        They are checked, written and ordered by the SCPD; ``ArgumentError`` says what it does not
        allow, and nothing is sent.
        With ``check`` off, and where the SCPD cannot be read, all is sent as it is given.
        Errors of the network and the device are those of ``control.call``.
        """
        scpd = self._known()
        known = scpd.action(action) if scpd else None
        if check and scpd and known is None:
            names = [one.name for one in scpd.actions]
            raise ArgumentError(
                f"{printable(self.short_id)} has no such action{close_to(action, names)}", action
            )
        name = known.name if check and known else action
        if not self.service.control_url:
            raise DescriptionError(f"{self.short_id} has no control URL", self.location)
        result = call(
            self.service.control_url,
            self.service_type,
            name,
            build_arguments(name, known, arguments, check=check),
            http=self.http,
            device_url=self.location,
        )
        return read_answer(name, known, result)

    def subscribe(self, **options: Any) -> Subscriber:
        """Subscribe to its events; options and errors are those of ``subscribe.subscribe``."""
        from upnpscapy.live.subscribe import subscribe

        return subscribe(self, **options)

    def _send(self, name: str, arguments: Given) -> Answer:
        return self.call(name, arguments)

    def _known(self) -> Scpd | None:
        try:
            return self.scpd
        except UpnpError:
            return None

    def _fetch(self) -> None:
        url = self.service.scpd_url
        try:
            if not url:
                raise DescriptionError(f"{self.short_id} has no SCPD URL", self.location)
            self._scpd = parse_scpd(self.http.get(url, device_url=self.location).body, url)
        except UpnpError as error:
            self._problem = error

    def __getattr__(self, name: str) -> LiveAction:
        if name.startswith("_"):
            raise AttributeError(name)
        scpd = self._known()
        if scpd is None:
            return LiveAction(name, None, self._send)
        for one in scpd.actions:
            if one.name == name:
                return LiveAction(name, one, self._send)
        names = [one.name for one in scpd.actions]
        raise AttributeError(f"{self.short_id} has no action {name!r}{close_to(name, names)}")

    def __dir__(self) -> list[str]:
        scpd = self._known()
        names = (one.name for one in scpd.actions) if scpd else ()
        return sorted({*object.__dir__(self), *filter(str.isidentifier, names)})

    def _summary(self) -> str:
        return f"LiveService {printable(self.short_id)} {printable(self.service_type)}"

    def tree(self) -> Tree:
        """What it can do; fetches its SCPD."""
        scpd = self._known()
        node = self._node()
        problem = () if self._problem is None else (f"no SCPD: {self._problem}",)
        return Tree((node,), (*problem, *(remarks(scpd.repairs, scpd.defects) if scpd else ())))

    def _node(self) -> Node:
        """The service in a tree, with what is known of it without asking."""
        service, scpd = self.service, self._scpd
        label = service.short_id or "service without a name"
        return Node(
            label,
            short_type(service.service_type),
            service_fields(service),
            scpd_nodes(scpd) if scpd else (),
        )
