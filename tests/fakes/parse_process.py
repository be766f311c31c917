"""What a parsing process may do besides parsing: crash, hang, allocate, look around. The document says which."""

import ctypes
import json
import os
import sys
import time

from raglite.adapters.parse_child import Task, limit


def main() -> None:
    task = Task.model_validate_json(sys.argv[1])
    limit(task)
    task.path.with_suffix(".seen").write_text(json.dumps({"pid": os.getpid(), "environment": dict(os.environ)}))
    behaviour = task.path.read_text()
    if behaviour == "crash":
        ctypes.string_at(0)
    if behaviour == "hang":
        time.sleep(600)
    if behaviour == "spin":
        while True:
            pass
    if behaviour == "allocate":
        sys.stderr.write(f"{len(bytearray(task.memory_bytes))}")
    sys.exit("the process cannot work")


if __name__ == "__main__":
    main()
