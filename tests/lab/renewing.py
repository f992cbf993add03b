"""A script: a control point of async-upnp-client whose subscriptions come to different ends.

    python renewing.py LOCATION ADDRESS

Each thing that it did, and each event, is a line of JSON. Of the router's services it subscribes
to WANIPConn1, renews and ends that; to L3Forwarding1, and lets it run out; to WANCommonIFC1, and
renews that too late, which is refused, whereupon the library subscribes again.
"""

import asyncio
import json
import sys
from collections.abc import Coroutine, Sequence
from datetime import timedelta

from async_upnp_client.aiohttp import AiohttpNotifyServer, AiohttpRequester
from async_upnp_client.client import UpnpService, UpnpStateVariable
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.event_handler import UpnpEventHandler

LONG, LONGER, SHORT = timedelta(seconds=900), timedelta(seconds=1200), timedelta(seconds=1)
TOO_LATE_SECONDS = 3
EVENT_SECONDS = 60


def print_done(done: str, sid: str, timeout: timedelta | None = None) -> None:
    """Prints what was done with a subscription, and for how long it lasts."""
    seconds = None if timeout is None else int(timeout.total_seconds())
    print(json.dumps({"done": done, "sid": sid, "timeout": seconds}))


class Subscriber:
    """The control point; it goes on when the first event of a subscription is there."""

    def __init__(self, handler: UpnpEventHandler) -> None:
        self.handler = handler
        self._heard = asyncio.Event()

    def take(self, service: UpnpService, variables: Sequence[UpnpStateVariable[object]]) -> None:
        """Prints an event as upnp-client does."""
        values = {variable.name: variable.value for variable in variables}
        print(json.dumps({"service_id": service.service_id, "state_variables": values}))
        self._heard.set()

    async def subscribe(self, done: str, service: UpnpService, timeout: timedelta) -> str:
        """The SID of a new subscription."""
        return await self._subscribed(done, self.handler.async_subscribe(service, timeout))

    async def renew(self, done: str, sid: str, timeout: timedelta, *, anew: bool = False) -> None:
        """Renews a subscription; `anew` if the library is to make another one of it."""
        renewal = self.handler.async_resubscribe(sid, timeout)
        if anew:
            await self._subscribed(done, renewal)
        else:
            print_done(done, *await renewal)

    async def _subscribed(
        self, done: str, subscription: Coroutine[object, object, tuple[str, timedelta]]
    ) -> str:
        self._heard.clear()
        sid, granted = await subscription
        print_done(done, sid, granted)
        async with asyncio.timeout(EVENT_SECONDS):
            await self._heard.wait()
        return sid


async def main(location: str, address: str) -> None:
    """Makes the subscriptions."""
    requester = AiohttpRequester()
    device = await UpnpFactory(requester).async_create_device(location)
    server = AiohttpNotifyServer(requester, source=(address, 0))
    await server.async_start_server()
    subscriber = Subscriber(server.event_handler)
    services = {service.service_id.rpartition(":")[2]: service for service in device.all_services}
    for service in services.values():
        service.on_event = subscriber.take
    await subscriber.subscribe("left", services["L3Forwarding1"], SHORT)
    late = await subscriber.subscribe("subscribed", services["WANCommonIFC1"], SHORT)
    sid = await subscriber.subscribe("subscribed", services["WANIPConn1"], LONG)
    await subscriber.renew("renewed", sid, LONGER)
    print_done("ended", await server.event_handler.async_unsubscribe(sid))
    await asyncio.sleep(TOO_LATE_SECONDS)
    await subscriber.renew("again", late, LONG, anew=True)
    print_done("ended", await server.event_handler.async_unsubscribe(services["WANCommonIFC1"]))
    await server.async_stop_server()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
