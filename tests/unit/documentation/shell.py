"""Bash as a tree: which commands some text calls, with which arguments, wherever they stand in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

BASH = Parser(Language(tree_sitter_bash.language()))
EXPANDED = {"simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"}


@dataclass(frozen=True)
class Command:
    """A program or function, what it is given, and the variables that are set for it alone.

    Arguments are as the program gets them; what the shell puts in, such as $name, stands in them as it is written.
    """

    name: str
    arguments: tuple[str, ...]
    variables: dict[str, str]

    def __str__(self) -> str:
        return " ".join((self.name, *self.arguments))


def commands_in(text: str) -> list[Command]:
    """Return every command that is called, those in $( ) and in functions, too."""
    return [_command(node) for node in _nodes(text) if node.type == "command"]


def functions_in(text: str) -> set[str]:
    """Return the names of the functions that are defined."""
    nodes = [node.child_by_field_name("name") for node in _nodes(text) if node.type == "function_definition"]
    return {_text(node) for node in nodes if node}


def _nodes(text: str) -> Iterator[Node]:
    waiting = [BASH.parse(text.encode()).root_node]
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting[:0] = node.children


def _command(node: Node) -> Command:
    name = node.child_by_field_name("name")
    assert name is not None
    given = [child for child in node.named_children if child.type == "variable_assignment"]
    variables = dict(_text(one).partition("=")[::2] for one in given)
    return Command(_text(name), tuple(map(_text, node.children_by_field_name("argument"))), variables)


def _text(node: Node) -> str:
    raw = (node.text or b"").decode()
    if node.type in EXPANDED:
        return raw
    if node.type == "string":
        return raw[1:-1].replace('\\"', '"')
    if node.type == "raw_string":
        return raw[1:-1]
    if node.type in {"concatenation", "command_name", "variable_assignment"}:
        parts = [_text(child) for child in node.children]
        return "".join(parts) or raw
    return re.sub(r"\\(.)", r"\1", raw) if node.type == "word" else raw
