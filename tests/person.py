"""Who follows a page of the documentation: one shell, what they type when asked, and what they saw."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Person:
    """One shell in a folder, which remembers variables and functions from block to block."""

    folder: Path
    shell: Any
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    seen: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, environment: Mapping[str, str], typed: Mapping[str, str] | None = None) -> "Person":
        """Open a shell that ends at the first command that fails."""
        shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-euo", "pipefail"],
            cwd=folder,
            env={**environment, "LANG": "C.UTF-8", "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return cls(folder, shell, typed or {})

    def does(self, commands: str) -> str:
        """Run some commands in the shell that ran those before; fail with what they said."""
        assert self.shell.poll() is None, "The shell has ended at an earlier block: see what that one said."
        given = "".join(text for asked, text in self.typed.items() if asked in commands)
        typed = self.folder / "typed"
        typed.write_text(given)
        self.shell.stdin.write(f"{{\n{commands}\n}} < {typed}\necho '== done'\n")
        self.shell.stdin.flush()
        said = "".join(iter(self._line, None))
        self.seen.append(said)
        assert self.shell.poll() is None, f"{commands}\n{said[-6000:]}"
        return said

    def leaves(self) -> None:
        """Close the shell."""
        self.shell.kill()
        self.shell.wait()

    def _line(self) -> str | None:
        line = str(self.shell.stdout.readline())
        if not line:
            self.shell.wait()
        return None if not line or line == "== done\n" else line
