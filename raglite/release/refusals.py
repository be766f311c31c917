"""Why a release is not promoted."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Stable, because scripts match on it."""

    KIND_MISSING = "kind_missing"
    KIND_TWICE = "kind_twice"
    UNREADABLE = "unreadable"
    UNKNOWN_SCHEMA = "unknown_schema"
    EDITED = "edited"
    CHECKOUT_DIRTY = "checkout_dirty"
    OTHER_SHA = "other_sha"
    MIXED_SHAS = "mixed_shas"
    TREE_DIRTY = "tree_dirty"
    STALE = "stale"
    IN_THE_FUTURE = "in_the_future"
    OUT_OF_ORDER = "out_of_order"
    LOCK_DIFFERS = "lock_differs"
    OFF_LOCK = "off_lock"
    TOOL_UNNAMED = "tool_unnamed"
    TOOLS_DIFFER = "tools_differ"
    IMAGE_MISSING = "image_missing"
    IMAGES_DIFFER = "images_differ"
    STEP_MISSING = "step_missing"
    STEP_TWICE = "step_twice"
    STEP_FAILED = "step_failed"
    NO_TESTS = "no_tests"
    TEST_FAILED = "test_failed"
    TESTS_LEFT_OUT = "tests_left_out"
    SKIP_UNEXPLAINED = "skip_unexplained"
    RELIANCE_DIFFERS = "reliance_differs"
    CAPABILITY_UNKNOWN = "capability_unknown"
    CAPABILITY_ABSENT = "capability_absent"
    SHAPE_RELIED_ON = "shape_relied_on"
    WAIVER_EXPIRED = "waiver_expired"
    NOT_MEASURED = "not_measured"
    COVERAGE_TOO_LOW = "coverage_too_low"
    ACCURACY_BLOCKED = "accuracy_blocked"
    TOO_FEW_EVENTS = "too_few_events"
    PROMISE_BROKEN = "promise_broken"
    OBJECTIVE_MISSED = "objective_missed"
    RECOVERY_TOO_SLOW = "recovery_too_slow"
    TOO_MUCH_LOST = "too_much_lost"
    WRONG_AFTER_RECOVERY = "wrong_after_recovery"
    ALARMS_DIFFER = "alarms_differ"
    ALARM_UNPROVEN = "alarm_unproven"
    ALARM_FAULT = "alarm_fault"
    OTHER_ENVIRONMENT = "other_environment"
    RECORD_EXPIRED = "record_expired"


@dataclass(frozen=True)
class Refusal:
    """One reason: a code that scripts may match on, and a sentence that says what to do."""

    why: Why
    sentence: str
