"""Log lines as JSON, one object a line, for CloudWatch Logs Insights."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

FIELDS = ("method", "path", "status", "ms", "trace_id")


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message, our own fields, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str) -> None:
    """Send every log line, uvicorn's included, to stderr as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "botocore", "mcp"):
        logging.getLogger(name).setLevel(logging.WARNING)
