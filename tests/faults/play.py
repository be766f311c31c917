"""One schedule played on real processes, then judged."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import ingestion_trigger
from qdrant_client.http.exceptions import ApiException

from raglite.bootstrap import bootstrap
from raglite.ingestion.live import work_on_live
from raglite.ingestion.reconciling import reconcile, repair
from raglite.ports import Services
from tests.fakes.audit import FakeAudit
from tests.fakes.telemetry import FakeTelemetry
from tests.faults.cluster import Cluster
from tests.faults.documents import Document
from tests.faults.evidence import Evidence, Name, gather
from tests.faults.ground import LEASE_SECONDS, Ground, Names
from tests.faults.invariants import violations
from tests.faults.leftovers import left_by
from tests.faults.post import Post, Wake
from tests.faults.rebuild import rebuild
from tests.faults.schedule import Schedule
from tests.faults.steps import (
    Crash,
    Delete,
    Deliver,
    Erase,
    Fate,
    Fault,
    IndexDies,
    KillAfter,
    NoTasks,
    Outage,
    Rename,
    Rest,
    Service,
    Step,
    Then,
    Upload,
    begins_at_once,
)
from tests.faults.tally import Tally, Verdict
from tests.faults.watcher import Seen, Watcher, stored_points

MOST_TASKS = 2
SETTLING_SECONDS = 90  # a loaded machine is slow; an idle one needs a few
LIFE_SECONDS = 0.05  # between two looks at what has happened
QUIET_SECONDS = 0.2  # between two looks at whether work is left, once no task runs
FREEZE_SECONDS = LEASE_SECONDS + 0.5


class Play:
    """Plays one schedule."""

    def __init__(self, ground: Ground, schedule: Schedule, home: Path, parts: dict[str, Any]) -> None:
        self.ground, self.schedule, self.home = ground, schedule, home
        self.names = Names.of(f"seed-{schedule.seed}-{time.monotonic_ns()}")
        self.tally = Tally()
        self.uploaded: dict[Name, Document] = {}
        self.removed: set[str] = set()
        self.erased: set[Name] = set()
        self._parts = parts
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self._pending: list[Fault] = []
        self._outages: list[Outage] = []
        self._ended: set[str] = set()

    def run(self) -> Verdict:
        """Play, let everything settle, and judge."""
        begun = time.monotonic()
        self.ground.make(self.names)
        environment = self.ground.environment(self.names, self.schedule.max_attempts, self.home)
        self.cluster = Cluster(self.home, environment, FREEZE_SECONDS)
        self.post = Post(self._trigger(), self.names.documents)
        self.s3 = self.ground.aws("s3")
        self.services, self.watching = self._services(self.names), self._services(self.names)  # each for one thread
        settled = ""
        try:
            with Watcher(self._look) as watcher:
                for step in self.schedule.steps:
                    self._take(step)
                settled = self._settle()
                self._count(watcher.seen)
        finally:
            self.cluster.kill_all()
        evidence = self._evidence(watcher.seen, settled)
        faults = violations(evidence)
        told = "\n".join(f"--- {task.home.name}: {task.process.returncode}\n{task.log}" for task in self.cluster.tasks)
        self.ground.unmake(self.names)
        return Verdict(self.schedule, time.monotonic() - begun, self.tally, faults, told)

    def _trigger(self) -> ingestion_trigger.Trigger:
        settings = ingestion_trigger.Settings(
            cluster="raglite-cluster",
            task_definition="raglite-ingest",
            container="raglite-ingest",
            subnets=("subnet-1",),
            security_groups=("sg-1",),
            registry_table=self.names.table,
            documents_bucket=self.names.documents,
            max_tasks=MOST_TASKS,
            environment="test",
        )
        table = self.ground.troubled(Service.DYNAMODB).Table(self.names.table)
        return ingestion_trigger.Trigger(settings, self.ground.troubled(Service.S3), table, self.cluster)

    def _services(self, names: Names) -> Services:
        quiet = {"telemetry": FakeTelemetry(), "audit": FakeAudit(), "tasks": Wake(self.post.scheduled)}
        return bootstrap(self.ground.settings(names), **quiet, **self._parts)

    # --- steps ----------------------------------------------------------------------------------------------------

    def _take(self, step: Step) -> None:
        match step:
            case Upload():
                self._upload(step)
            case Delete():
                self._delete(step.key, step.fate)
            case Erase():
                self._erase(step)
            case Rename():
                self._rename(step)
            case Deliver():
                self._break(at_once=True)
                self.post.deliver(step.order)
            case Rest():
                self._live(SETTLING_SECONDS, self.cluster.is_starting)
                self._break(at_once=False)
                self._live(step.seconds, lambda: bool(self.cluster.running()) or bool(self._timers))
            case Crash() | KillAfter() | Outage() | IndexDies() | NoTasks():
                self._pending.append(step)

    def _upload(self, step: Upload) -> None:
        body = step.document.body(PurePosixPath(step.key).suffix)
        stored = self.s3.put_object(Bucket=self.names.documents, Key=step.key, Body=body)
        self.uploaded[step.key, stored["VersionId"]] = step.document
        self._parts["parser"].read_ahead(body, step.key)
        self.post.changed("Object Created", step.key, stored["VersionId"], step.fate)

    def _delete(self, key: str, fate: Fate) -> None:
        self.removed.add(key)
        marker = self.s3.delete_object(Bucket=self.names.documents, Key=key)
        self.post.changed("Object Deleted", key, marker["VersionId"], fate)

    def _erase(self, step: Erase) -> None:
        version = self.services.documents.versions(step.key)[step.back]
        self.removed.add(step.key)
        self.erased.add((step.key, version.version_id))
        self.s3.delete_object(Bucket=self.names.documents, Key=step.key, VersionId=version.version_id)
        self.post.changed("Object Deleted", step.key, version.version_id, step.fate)

    def _rename(self, step: Rename) -> None:
        (latest, *_) = self.services.documents.versions(step.key)
        source = {"Bucket": self.names.documents, "Key": step.key, "VersionId": latest.version_id}
        stored = self.s3.copy_object(Bucket=self.names.documents, Key=step.to, CopySource=source)
        self.uploaded[step.to, stored["VersionId"]] = self.uploaded[step.key, latest.version_id]
        self.post.changed("Object Created", step.to, stored["VersionId"], step.fate)
        self._delete(step.key, step.fate)

    # --- faults ---------------------------------------------------------------------------------------------------

    def _break(self, *, at_once: bool) -> None:
        """Let the faults begin that belong to the delivery, or to the first work after it."""
        now = [fault for fault in self._pending if begins_at_once(fault) == at_once]
        self._pending = [fault for fault in self._pending if fault not in now]
        for fault in now:
            match fault:
                case Crash():
                    self.cluster.lay(fault)
                case NoTasks():
                    self.cluster.refuse(fault)
                case KillAfter():
                    self._after(fault.seconds, self._kill)
                case Outage() if at_once:
                    self._begin(fault)
                case Outage():
                    self._after(fault.after, lambda outage=fault: self._begin(outage))
                case IndexDies():
                    self._after(fault.after, self._kill_index)
                    self._after(fault.after + fault.seconds, self.ground.start_index)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers.append((time.monotonic() + seconds, action))

    def _kill(self) -> None:
        for task in self.cluster.running()[:1]:
            os.kill(task.process.pid, signal.SIGKILL)

    def _kill_index(self) -> None:
        self.ground.kill_index()
        self.tally.index_kills += 1

    def _begin(self, outage: Outage) -> None:
        self._outages.append(outage)
        self.ground.network[outage.service].hits = 0
        self.ground.begin(outage)
        if outage.requests is None:
            self._after(outage.seconds, self._end_outage)

    def _end_outage(self) -> None:
        if self._outages:
            outage = self._outages.pop()
            self.tally.outages += self.ground.network[outage.service].hits > 0 or outage.mode.name == "REFUSE"
        self.ground.calm()

    # --- time -----------------------------------------------------------------------------------------------------

    def _live(self, seconds: float, going_on: Callable[[], bool]) -> bool:
        """Let time pass while something goes on; False if it still does after so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            self._look_after_things()
            if not going_on():
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(LIFE_SECONDS)

    def _look_after_things(self) -> None:
        now = time.monotonic()
        due = [action for moment, action in self._timers if moment <= now]
        self._timers = [(moment, action) for moment, action in self._timers if moment > now]
        for action in due:
            action()
        self.cluster.thaw()
        for task in self.cluster.ended(self._ended):
            self._ended.add(task.arn)
            self.post.stopped(task)
        self.post.pump()

    def _settle(self) -> str:
        """Deliver what is late, end all trouble, reconcile, and wait; returns what still goes on, as a sentence."""
        self.post.deliver_all()
        self._live(SETTLING_SECONDS / 3, lambda: bool(self.cluster.running() or self._timers))
        self._live(SETTLING_SECONDS, lambda: bool(self._timers))
        while self._outages:
            self._end_outage()
        self.ground.calm()
        self.cluster.calm()
        if self._live(SETTLING_SECONDS, self._is_busy):
            repair(reconcile(self.services, 0), self.services, "checker")
            if self._live(SETTLING_SECONDS, self._is_busy):
                return ""
        return f"After {SETTLING_SECONDS} s of calm there is still work to do"

    def _is_busy(self) -> bool:
        """Whether anything goes on; what waits while nobody works is what the schedule is for."""
        if self.cluster.running() or not self.post.idle:
            return True
        time.sleep(QUIET_SECONDS)
        work = list(self.services.registry.work())
        if any(item.waiting and not item.held for item in work):
            self.post.scheduled()
        return bool(work)

    # --- the end --------------------------------------------------------------------------------------------------

    def _look(self, seen: Seen) -> None:
        with suppress(ApiException, OSError):
            commit = self.watching.registry.commit_number()
            points = stored_points(self.ground.index, self.names.collection)
            seen.look(commit, points, self.removed, self.erased)

    def _evidence(self, seen: Seen, settled: str) -> Evidence:
        clean = Names.of(f"{self.names.collection}-clean")
        clean = replace(clean, documents=self.names.documents)
        self.ground.make_clean(clean)
        try:
            rebuilt = rebuild(self._services(clean), lambda: stored_points(self.ground.index, clean.collection))
        finally:
            self.ground.unmake(clean)
        work_on_live(self.services)  # where every event was lost, or every document broken
        points = lambda: stored_points(self.ground.index, self.names.collection)  # noqa: E731  one line, used once
        evidence = gather(self.services, self.uploaded, points, rebuilt)
        left = [*([settled] if settled else []), *left_by(self.cluster.tasks, self.home)]
        return replace(evidence, seen=tuple(seen.faults), left=tuple(left))

    def _count(self, seen: Seen) -> None:
        tally, tasks = self.tally, self.cluster.tasks
        tally.tasks, tally.looks = len(tasks), seen.looks
        tally.events, tally.lost_events = self.post.delivered, self.post.lost + len(self.post.dead)
        tally.poisoned = sum("poisoned" in task.notes for task in tasks)
        tally.kills = sum(task.process.returncode == -signal.SIGKILL for task in tasks) - tally.poisoned
        for then, name in ((Then.STOP, "stops"), (Then.PAUSE, "freezes"), (Then.FULL, "full_disks")):
            setattr(tally, name, sum(task.met(then) for task in tasks))
        tally.unreached = [f"{trap.then} {trap.point}" for trap in self.cluster.traps if not trap.claim.exists()]
        tally.refused_tasks = self.cluster.refused
