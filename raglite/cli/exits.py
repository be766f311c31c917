"""Every exit code of the command line, once: `--help` shows them, docs/reference/cli.md is written from them.

Those of errors are errors.py's, which are BSD's sysexits.h; those of `raglite reconcile` are its findings'.
"""

import signal
from collections.abc import Mapping
from enum import IntEnum

from raglite.errors import AccessDenied, ConfigurationError, InvalidRequest, NotFound, RagliteError, TransientError
from raglite.ingestion.reconciling import EXIT_CODES


class Exit(IntEnum):
    """What a process ends with."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    NOT_RIGHT = 10
    INVALID = InvalidRequest.exit_code
    NOT_FOUND = NotFound.exit_code
    FAULT_OF_OURS = RagliteError.exit_code
    LATER = TransientError.exit_code
    DENIED = AccessDenied.exit_code
    SETTING = ConfigurationError.exit_code
    INTERRUPTED = 128 + signal.SIGINT
    CUT_OFF = 128 + signal.SIGPIPE


MEANINGS: Mapping[int, str] = {
    Exit.DONE: "done, or nothing to object to",
    Exit.FOUND: "a check has found what it looks for, or there is no answer",
    Exit.USAGE: "no such verb, option or argument",
    Exit.NOT_RIGHT: "what was built, restored or played is not right; from reconcile, 10 to 16: the gravest finding",
    Exit.INVALID: "what was asked or given will not do: change it",
    Exit.NOT_FOUND: "there is no such document, version, backup or trace",
    Exit.FAULT_OF_OURS: "a fault of ours: report it with what stands on stderr",
    Exit.LATER: "something did not answer, is busy, or time ran out: the same may succeed later",
    Exit.DENIED: "the API key is missing or unknown, or it may not",
    Exit.SETTING: "a setting, the credentials, the model or the collection is wrong: `raglite doctor` says which",
    Exit.INTERRUPTED: "stopped by Ctrl-C",
    Exit.CUT_OFF: "whoever read the output has stopped reading",
}

# What codes say of one verb, where that is more than above.
OF: Mapping[str, Mapping[int, str]] = {
    "upload": {
        Exit.DONE: "every file is uploaded; with --wait each is searchable, or superseded by a later upload of its key",
        Exit.INVALID: "a file cannot be read; with --wait also: one was quarantined or deleted",
        Exit.LATER: "a file could not be uploaded for now; with --wait also: one had not come to rest in time",
        Exit.INTERRUPTED: "stopped by Ctrl-C: a sentence says how far it had come, and the rest goes on by itself",
    },
    "figure": {Exit.FOUND: "there is no such figure, or it is withheld"},
    "documents": {Exit.LATER: "with --watch also: something is still on its way when the time is over"},
    "replay": {
        Exit.DONE: "it waits for a task now; with --all-quarantined also: there was nothing to replay",
        Exit.INVALID: "it is not quarantined",
        Exit.NOT_FOUND: "nobody knows it",
        Exit.LATER: "a task works on it at the moment",
    },
    "reconcile": {
        Exit.DONE: "all agree",
        **{code: f"{kind.value.replace('_', ' ')} is the gravest finding" for kind, code in EXIT_CODES.items()},
        Exit.LATER: "something did not answer, the index or the registry is lost, or waiting took too long",
    },
    "reindex": {
        Exit.NOT_RIGHT: "the verification found faults, and nothing was switched",
        Exit.INVALID: "there is nothing like it to do, or another collection is in the way",
        Exit.LATER: "another reindex is at work, or something did not answer",
    },
    "doctor": {
        Exit.DONE: "no fault was found",
        Exit.LATER: "the first fault is that something does not answer, or is full",
        Exit.DENIED: "the first fault is the API key",
        Exit.SETTING: "the first fault is something that is set wrongly",
    },
    "slo": {Exit.DONE: "no budget is spent, or too few events came to say so", Exit.FOUND: "a budget is spent"},
    "trace": {Exit.NOT_FOUND: "there is no such trace (yet, or any more)"},
    "validate": {Exit.DONE: "all criteria are met", Exit.FOUND: "one is not, or was not measured"},
    "promote": {
        Exit.DONE: "promoted",
        Exit.FOUND: "refused, with a sentence for each reason",
        Exit.INVALID: "nothing was decided: an option or a file is wrong",
        Exit.SETTING: "nothing was decided: the tree is without our files",
    },
    "restore": {
        Exit.DONE: "it is whole",
        Exit.NOT_RIGHT: "something is wrong with it",
        Exit.INVALID: "the backup or a store will not do",
        Exit.LATER: "something did not answer: run it again",
    },
    "drill": {
        Exit.DONE: "green",
        Exit.NOT_RIGHT: "red",
        Exit.INVALID: "there is no such drill, or it cannot be played here",
        Exit.LATER: "the estate was not well before",
        Exit.SETTING: "a setting is missing",
    },
    "eval": {
        Exit.DONE: "the gate lets it pass",
        Exit.FOUND: "the gate blocks: hit@5 is below --gate, or less was measured than should have been",
    },
    "alarms test": {Exit.DONE: "all as the files expect", Exit.FOUND: "something is not as the files expect"},
    "audit verify": {
        Exit.DONE: "every chain is intact, or there is none",
        Exit.FOUND: "a chain is not intact, or something that is no anchor lies where anchors are kept",
    },
    "backup create": {
        Exit.DONE: "there is a backup",
        Exit.INVALID: "the estate is damaged: restore it, or look at `raglite reconcile`",
        Exit.LATER: "something did not answer: run it again",
    },
    "backup verify": {Exit.DONE: "nothing is wrong with it", Exit.INVALID: "it is not whole"},
}
