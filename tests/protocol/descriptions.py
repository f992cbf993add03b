"""A gateway, a small description with one service, and how its URLs are resolved."""

from __future__ import annotations

__all__ = ["GATEWAY", "LOCATION", "URLS", "document"]

LOCATION = "http://192.0.2.1:5000/gw/desc.xml"

GATEWAY = b"""<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0" configId="7">
  <specVersion><major>1</major><minor>0</minor></specVersion>
  <device>
    <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
    <friendlyName>Gate &amp; way</friendlyName>
    <manufacturer>Maker</manufacturer>
    <manufacturerURL>http://maker.example/</manufacturerURL>
    <modelDescription/>
    <modelName>G</modelName>
    <modelNumber>1</modelNumber>
    <serialNumber>42</serialNumber>
    <UDN>uuid:00000000-0000-0000-0000-000000000001</UDN>
    <UPC>0</UPC>
    <dlna:X_DLNADOC xmlns:dlna="urn:schemas-dlna-org:device-1-0">DMS-1.50</dlna:X_DLNADOC>
    <iconList>
      <icon><mimetype>image/png</mimetype><width>48</width><height>32</height><depth>24</depth>
        <url>icon.png</url></icon>
    </iconList>
    <serviceList>
      <service>
        <serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>
        <serviceId>urn:upnp-org:serviceId:L3Forwarding1</serviceId>
        <SCPDURL>/l3f.xml</SCPDURL><controlURL>ctl</controlURL><eventSubURL></eventSubURL>
      </service>
    </serviceList>
    <deviceList>
      <device>
        <deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType>
        <friendlyName>WAN</friendlyName>
        <UDN>uuid:00000000-0000-0000-0000-000000000002</UDN>
        <deviceList>
          <device>
            <deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType>
            <friendlyName>Connection</friendlyName>
            <UDN>uuid:00000000-0000-0000-0000-000000000003</UDN>
            <serviceList>
              <service>
                <serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
                <serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
                <SCPDURL>/ip.xml</SCPDURL><controlURL>?6</controlURL>
                <eventSubURL>http://192.0.2.9/evt</eventSubURL>
              </service>
            </serviceList>
          </device>
        </deviceList>
      </device>
    </deviceList>
    <presentationURL>/</presentationURL>
  </device>
</root>"""

NS = 'xmlns="urn:schemas-upnp-org:device-1-0"'


def document(
    inner: str = "", url: str = "", base: str | None = None, version: str = "1.0"
) -> bytes:
    """A device with one service whose control URL is ``url``."""
    major, _, minor = version.partition(".")
    url_base = "" if base is None else f"<URLBase>{base}</URLBase>"
    return (
        f"<root {NS}><specVersion><major>{major}</major><minor>{minor}</minor></specVersion>"
        f"{url_base}<device><deviceType>urn:a:device:D:1</deviceType><friendlyName>n</friendlyName>"
        f"<UDN>uuid:1</UDN><serviceList><service><serviceType>urn:a:service:S:1</serviceType>"
        f"<serviceId>urn:a:serviceId:S1</serviceId><SCPDURL>/s</SCPDURL>"
        f"<controlURL>{url}</controlURL><eventSubURL/></service></serviceList>{inner}</device></root>"
    ).encode()


H = "http://192.0.2.1:5000"

URLS: list[tuple[str, str | None, str | None, str, str | None, list[str]]] = [
    # version, URLBase, LOCATION, controlURL, resolved, defects
    ("1.0", None, LOCATION, "/ctl", f"{H}/ctl", []),
    ("1.0", None, LOCATION, "ctl", f"{H}/gw/ctl", []),
    ("1.0", None, LOCATION, "../ctl", f"{H}/ctl", []),
    ("1.0", None, LOCATION, "?6", f"{H}/gw/desc.xml?6", []),
    ("1.0", None, LOCATION, "/UD/?6", f"{H}/UD/?6", []),
    ("1.0", None, LOCATION, "//192.0.2.2/c", "http://192.0.2.2/c", []),
    ("1.0", None, LOCATION, "http://192.0.2.2:80/c", "http://192.0.2.2:80/c", []),
    ("1.0", None, LOCATION, "", "", []),
    ("1.0", "", LOCATION, "/ctl", f"{H}/ctl", []),
    ("1.0", f"{H}/base/", LOCATION, "ctl", f"{H}/base/ctl", []),
    ("1.0", f"{H}/base/", LOCATION, "?6", f"{H}/base/?6", []),
    ("1.0", f"{H}/base", LOCATION, "ctl", f"{H}/ctl", []),
    ("1.0", f"{H}     ", LOCATION, "/ctl", f"{H}/ctl", ["blanks-in-value"]),
    ("1.0", H, None, "ctl", f"{H}/ctl", []),
    ("1.0", "http://192.0.2.1", LOCATION, "/c", "http://192.0.2.1/c", ["url-base-elsewhere"]),
    ("1.0", "http://192.0.2.1", LOCATION, f"{H}/c", f"{H}/c", ["url-base-elsewhere"]),
    ("1.0", "http://192.0.2.1:80", "http://192.0.2.1/d", "/c", "http://192.0.2.1:80/c", []),
    ("1.0", "www.netgear.com", LOCATION, "/ctl", f"{H}/ctl", ["url-base-value"]),
    ("1.0", "192.0.2.1:5000", LOCATION, "/ctl", f"{H}/ctl", ["url-base-value"]),
    ("1.0", "http://", LOCATION, "/ctl", f"{H}/ctl", ["url-base-value"]),
    ("1.0", "http://[::1", LOCATION, "/ctl", f"{H}/ctl", ["url-base-value"]),
    ("1.0", "http://h:port/", LOCATION, "/ctl", f"{H}/ctl", ["url-base-value"]),
    ("1.0", "/base/", LOCATION, "ctl", f"{H}/base/ctl", ["url-base-relative"]),
    ("1.0", "/base/", None, "ctl", None, ["url-base-relative", "url-unresolved"]),
    ("1.0", None, None, "/ctl", None, ["url-unresolved"]),
    ("1.0", None, None, f"{H}/ctl", f"{H}/ctl", ["url-unresolved"]),  # for SCPDURL
    ("1.0", None, LOCATION, "my ctl", f"{H}/gw/my%20ctl", ["url-characters"]),
    ("1.0", None, LOCATION, "my%20ctl", f"{H}/gw/my%20ctl", []),
    ("1.0", None, LOCATION, "100%", f"{H}/gw/100%25", ["url-characters"]),
    ("1.0", None, LOCATION, "é", f"{H}/gw/%C3%A9", ["url-characters"]),
    ("1.0", None, LOCATION, "http://[::1", None, ["url-unresolved"]),
    ("1.0", None, "http://[fe80::1]:80/d", "/c", "http://[fe80::1]:80/c", []),
    (
        "1.1",
        "http://192.0.2.2/",
        LOCATION,
        "/c",
        f"{H}/c",
        ["url-base-deprecated", "url-base-elsewhere"],
    ),
    ("2.0", f"{H}/base/", LOCATION, "c", f"{H}/gw/c", ["url-base-deprecated"]),
    ("2.0", f"{H}/base/", None, "c", f"{H}/base/c", ["url-base-deprecated"]),
    ("2.0", None, LOCATION, "c", f"{H}/gw/c", []),
]
