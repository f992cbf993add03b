"""Words that are kept: those of the standards, and of software that many devices have.

Nothing else is: whatever a device or its owner calls itself is no word of these.
"""

from __future__ import annotations

__all__ = ["KEPT_NUMBERS", "SECRET_HEADERS", "WORDS"]

WORDS = frozenset(
    """
    accept action actions actionlist actual age agent alive all allowed allowedvalue
    allowedvaluelist allowedvaluerange amp any api apos application argument argumentlist ascii
    authorization avtransport base64 basicdevice bin binarylight body bool boolean bootid byebye
    cache callback charset chunked close configid connection connectionmanager content
    contentdirectory control controlurl date datatype default defaultvalue deflate depth desc
    description device deviceinfo devicelist devicetype dial digest digitalsecuritycamera
    direction cdata doctype lvl svcid info warning emergency general
    discover dms dlna en encoding encodingstyle envelope error errorcode errordescription event
    events eventsuburl expect ext faultactor faultcode faultstring fault file float fri friendlyname
    get gif gmt gt gzip head header height host hostname html http httpmr https hvac i1 i2 i4 icon
    iconlist identity igd image in infinite int internal internetgatewaydevice ipv4 ipv6 iso
    jpeg jpg json keep lang language lanhostconfigmanagement last layer3forwarding length level
    lightingcontrols linux lt major mandatory man manufacturer manufacturerurl max maximum
    mediarenderer mediaserver metadata mime minidlna miniupnpd minimum minor mimetype modelname
    modeldescription modelnumber modelurl modified mon mx name nextbootid no none not notify ns nt
    nts number ok opt optional org out page path persistent plain png portable post presentation
    presentationurl printer private property propertyset protocol public qos quot r4 r8 range
    relatedstatevariable renderingcontrol response retval root rootdevice sat schemas
    scheduledrecording
    dimminglight scpd scpdurl sdk
    search searchport second secure securelocation sendevents seq server service
    serviceid servicelist servicestatetable servicetype serialnumber sid soap soapaction spec
    specversion ssdp sslocation st statevariable step string subscribe sun switchpower tcp text
    thu timeout transfer true tue type u ui1 ui2 ui4 udn udp unsubscribe upc update upnp upnperror
    upnp upnporg uri url urlbase urn us user usn utf uuid var version wan wancommoninterfaceconfig
    wancommonifc1 wanconnectiondevice wandevice wandslinkconfig wanethernetlinkconfig wanipconn1
    wanipconnection wanipv6firewallcontrol wanipv6fc1 wanpotslinkconfig wanpppconn1
    wanpppconnection wed wfadevice wfawlanconfig width windows wlanaccesspointdevice www xml
    xmlns xmlsoap xsi yes posix devices for false nls location internetgatewaydevicev2 serviceid
    portmapping x_upnp lastchange instanceid val
    stop play pause seek next previous
    l3forwarding1 bad request found unauthorized forbidden precondition failed unavailable
    client versionmismatch mustunderstand datatypesinvalid
    hnap1 hnap purenetworks com put delete options patch trace mkcol propfind
    continue moved permanently temporarily server
    addportmapping addanyportmapping deleteportmapping deleteportmappingrange
    getexternalipaddress getgenericportmappingentry getspecificportmappingentry
    getlistofportmappings getstatusinfo getconnectiontypeinfo getnatrsipstatus
    setconnectiontype requestconnection requesttermination forcetermination
    getcommonlinkproperties gettotalbytessent gettotalbytesreceived gettotalpacketssent
    gettotalpacketsreceived getdefaultconnectionservice setdefaultconnectionservice
    getfirewallstatus getoutboundpinholetimeout addpinhole updatepinhole deletepinhole
    getpinholepackets checkpinholeworking browse getsearchcapabilities getsortcapabilities
    getsystemupdateid getprotocolinfo getcurrentconnectionids getcurrentconnectioninfo
    newremotehost newexternalport newprotocol newinternalport newinternalclient newenabled
    newportmappingdescription newleaseduration newreservedport newexternalipaddress
    newportmappingindex newstartport newendport newmanage newnumberofports newportlisting
    newconnectionstatus newlastconnectionerror newuptime newconnectiontype
    newpossibleconnectiontypes newrsipavailable newnatenabled newwanaccesstype
    newlayer1upstreammaxbitrate newlayer1downstreammaxbitrate newphysicallinkstatus
    newtotalbytessent newtotalbytesreceived newtotalpacketssent newtotalpacketsreceived
    newdefaultconnectionservice remotehost remoteport internalclient internalport leasetime
    uniqueid newleasetime firewallenabled inboundpinholeallowed outboundpinholetimeout
    pinholepackets isworking portmappinglist portmappingentry
    connectionstatus externalipaddress portmappingnumberofentries physicallinkstatus
    possibleconnectiontypes wanaccesstype systemupdateid containerupdateids
    sourceprotocolinfo sinkprotocolinfo currentconnectionids
    connected disconnected connecting unconfigured ip routed bridged up down initializing
    cable dsl ethernet pots
    """.split()
)
"""In lower case."""

KEPT_NUMBERS = frozenset(
    """
    major minor width height depth minimum maximum step errorcode newexternalport
    newinternalport newenabled newleaseduration newreservedport newportmappingindex newstartport
    newendport newmanage newnumberofports newuptime newrsipavailable newnatenabled internalport
    remoteport leasetime uniqueid newleasetime firewallenabled inboundpinholeallowed
    outboundpinholetimeout pinholepackets isworking protocol portmappingnumberofentries
    newlayer1upstreammaxbitrate newlayer1downstreammaxbitrate systemupdateid
    """.split()
)
"""Elements whose number is kept, in lower case."""

SECRET_HEADERS = frozenset(
    "authorization cookie set-cookie hnap_auth www-authenticate proxy-authorization".split()
)
"""Headers whose value is filled with zeros."""
