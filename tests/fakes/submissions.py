"""Submissions in a dictionary."""

from datetime import datetime
from threading import Lock

from raglite.ports import Submission


class FakeSubmissions:
    def __init__(self) -> None:
        self.kept: dict[str, Submission] = {}
        self._lock = Lock()

    def claim(self, submission: Submission, abandoned: datetime) -> Submission:
        with self._lock:
            return self._claimed(submission, abandoned)

    def _claimed(self, submission: Submission, abandoned: datetime) -> Submission:
        known = self.kept.get(submission.token)
        is_free = known is None or (known.version_id is None and known.claimed < abandoned)
        is_same = known is None or (known.key, known.sha256) == (submission.key, submission.sha256)
        if is_free and is_same:
            self.kept[submission.token] = submission
        return self.kept[submission.token]

    def complete(self, submission: Submission) -> None:
        known = self.kept.get(submission.token)
        if known and known.claimed == submission.claimed:
            self.kept[submission.token] = submission
