"""Pictures of a case as SVG: who said what, one conversation, lives of mappings, who talks to whom.

Notebook and report share them; the ``interactive_`` ones need plotly (extra ``notebook``).
"""

from upnpscapy.pictures.interactive import interactive_mappings, interactive_timeline
from upnpscapy.pictures.ladder import ladder
from upnpscapy.pictures.mapping_lives import mapping_lives
from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.talkers import talkers
from upnpscapy.pictures.timeline import timeline

__all__ = [
    "Moments",
    "Picture",
    "interactive_mappings",
    "interactive_timeline",
    "ladder",
    "mapping_lives",
    "talkers",
    "timeline",
]
