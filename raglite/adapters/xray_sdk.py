"""What is used of X-Ray's SDK: its segments, its ids and its way to the daemon.

Its package makes a recorder at import, with a sampler, with an AWS client of its own: 0.1 seconds and 20 MB of every
process that traces, for rules that nobody asks for (docs/explanation/performance.md).
"""

from raglite.adapters.bare_package import bare

bare("aws_xray_sdk.core")

from aws_xray_sdk import global_sdk_config  # noqa: E402  its package is bare by now
from aws_xray_sdk.core.emitters.udp_emitter import PROTOCOL_DELIMITER, PROTOCOL_HEADER, UDPEmitter  # noqa: E402  its package is bare by now
from aws_xray_sdk.core.models.segment import Segment  # noqa: E402  its package is bare by now
from aws_xray_sdk.core.models.subsegment import Subsegment  # noqa: E402  its package is bare by now
from aws_xray_sdk.core.models.traceid import TraceId  # noqa: E402  its package is bare by now
from aws_xray_sdk.core.recorder import SERVICE_INFO  # noqa: E402  its package is bare by now

__all__ = [
    "PROTOCOL_DELIMITER",
    "PROTOCOL_HEADER",
    "SERVICE_INFO",
    "Segment",
    "Subsegment",
    "TraceId",
    "UDPEmitter",
    "global_sdk_config",
]
