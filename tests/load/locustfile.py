"""Users who ask over MCP at their own times, whether or not they have been answered: docs/how-to/load.md.

locust -f tests/load/locustfile.py --users 10 --spawn-rate 2     from the repository's root; --headless for a verdict

Arrivals are open. Each question is a greenlet of its own, made when the question is due, so that no answer that is slow
in coming puts off the next question. Of one user's questions AT_ONCE may be at the service; others wait for room, and
their waiting counts, as all latency does from when a question was due.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import gevent
from gevent.lock import BoundedSemaphore
from locust import FastHttpUser, LoadTestShape, events, task
from locust.env import Environment
from locust.runners import LocalRunner

from raglite.errors import ConfigurationError
from tests.integration.arrivals import AT_ONCE
from tests.load.crowds.crowd import Crowd
from tests.load.crowds.messages import PATH, TOOL, Reply, failure, headers, message
from tests.load.crowds.page import page
from tests.load.crowds.plan import Plan
from tests.load.crowds.profiles import PROFILES
from tests.load.crowds.report import Run, in_lines, report, write
from tests.load.crowds.schedule import chance, coming, read_questions

USERS, SPAWN_RATE = 10, 2  # the specification's
UNJUDGED = 70  # exit code of a run that came to no verdict
Read = TypeVar("Read")


def or_exit(read: Callable[[], Read]) -> Read:
    """Return what is read, or end with the sentence and the exit code of what is wrong."""
    try:
        return read()
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


PLAN = or_exit(partial(Plan.from_environment, os.environ))
QUESTIONS = or_exit(partial(read_questions, PLAN.questions))
PROFILE, HEADERS = PROFILES[PLAN.profile], headers(PLAN.api_key)
RUNNING: list[Crowd] = []  # at most one


class Asker(FastHttpUser):
    """Somebody with questions. Who leaves early still waits for the answers."""

    concurrency = AT_ONCE
    network_timeout = connection_timeout = PLAN.timeout
    max_redirects = 0
    insecure = False

    def on_start(self) -> None:
        """Begin to have questions."""
        self.crowd = RUNNING[0]
        self.room = BoundedSemaphore(AT_ONCE)
        self.coming = coming(self.crowd.now(), PLAN.rate, QUESTIONS, chance(PLAN.seed, next(self.crowd.users)))
        self.due, self.question = next(self.coming)

    @task
    def wait_and_ask(self) -> None:
        """Ask the next question when it is due."""
        while (left := self.due - self.crowd.now()) > 0:
            gevent.sleep(left)
        self.ask()

    def on_stop(self) -> None:
        """Ask what is due already."""
        while self.due <= self.crowd.now():
            self.ask()

    def ask(self) -> None:
        """Ask without waiting for the answer."""
        self.crowd.ask(self.due, partial(self.send, self.due, self.question), self.room)
        self.due, self.question = next(self.coming)

    def send(self, due: float, question: str) -> str | None:
        """Return the kind of failure; Locust's own tables get the time from when the question was due."""
        number = next(self.crowd.numbers)
        body = message(number, question)
        with self.client.post(PATH, body, name=TOOL, headers=HEADERS, catch_response=True) as response:
            raised = response.request_meta["exception"]
            trouble = getattr(raised, "original", raised)  # geventhttpclient wraps what it would have tried again
            found = failure(Reply(response.status_code, None if trouble else response.content, trouble), number)
            response.request_meta["response_time"] = 1000 * (self.crowd.now() - due)
            if found:
                response.failure(found)
            else:
                response.success()
        return found


def planned(run_time: int | None) -> float:
    """Return how many seconds the run is to take."""
    return run_time or PLAN.seconds or PROFILE.seconds


class Shape(LoadTestShape):
    """The profile, scaled by --users and by --run-time or DURATION."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are to be now, and how fast they come or go."""
        options = self.runner.environment.parsed_options
        users = PROFILE.users(self.get_run_time() / planned(options.run_time), options.num_users)
        if users is None:
            RUNNING[0].over = True
            return None
        return users, PROFILE.spawn_rate(users, options.spawn_rate)


@events.init_command_line_parser.add_listener
def set_defaults(parser: ArgumentParser) -> None:
    """Let the specification's numbers hold where none are given."""
    parser.set_defaults(num_users=USERS, spawn_rate=SPAWN_RATE)


@events.init.add_listener
def refuse(environment: Environment, runner: object, **_: Any) -> None:
    """End with a sentence if this cannot become a run."""
    or_exit(partial(_check, environment, runner))


def _check(environment: Environment, runner: object) -> None:
    if not isinstance(runner, LocalRunner):
        raise ConfigurationError("The load comes from one process: leave out --master, --worker and --processes.")
    if not PLAN.api_key:
        raise ConfigurationError("Set RAGLITE_API_KEY to a key with the scope read: the service answers nobody else.")
    if environment.parsed_options.headless and not environment.host:
        raise ConfigurationError("Name the service with --host, such as --host http://127.0.0.1:8000.")


@events.test_start.add_listener
def begin(environment: Environment, **_: Any) -> None:
    """Open a run."""
    environment.process_exit_code = UNJUDGED
    options = environment.parsed_options
    seconds = planned(options.run_time)
    RUNNING[:] = [Crowd(Run(PLAN, str(environment.host), options.num_users, datetime.now(UTC), seconds))]


@events.test_stop.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Close the run: verdict, files, exit code."""
    crowd = RUNNING.pop()
    crowd.end()
    found = report(crowd.run)
    written = write(found, page(found))
    print("\n".join((*in_lines(found), f"{written.with_suffix('.json')}, {written}")))
    environment.process_exit_code = found.verdict.code.value


@events.quitting.add_listener
def close(environment: Environment, **_: Any) -> None:
    """Judge what was broken off, too: Locust computes its exit code before it stops the users."""
    if RUNNING and environment.runner:
        environment.runner.stop()
