"""docs/reference/alarms.md: every promise, objective and alarm of dashboards/slo.json."""

from raglite.observability import slo
from raglite.observability.slo import Alarm, Slo
from raglite.telemetry import METRICS
from scripts.reference.markdown import REFERENCE, ROOT, code, head, table

PAGE = REFERENCE / "alarms.md"
FILE = ROOT / "dashboards" / "slo.json"
RUNBOOKS = "../how-to/alarms"
MINUTE = 60
TEXT = """Every threshold stands in `dashboards/slo.json`, once; Terraform makes the alarms of it, and `make alarms`
plays each one's own fault on what is planned ([how to](../how-to/alarms.md)). *page* asks whoever hears it to get up,
*ticket* to look within the day. The name leads to the runbook."""
BURN = """An alarm on a budget rings while both of its windows burn faster than its rate, and says nothing of fewer
than {} events in the long one. A rate of 1 spends the budget exactly by the end of {} days."""


def page() -> str:
    """Return the page."""
    stated = slo.load(FILE)
    lines = [
        *head("Promises, objectives and alarms", "dashboards/slo.json", TEXT),
        "## Promises", "", "What the specification asks for, over any load that is judged.", "", *_promises(stated),
        "## Objectives", "", f"How many of all events of {stated.window_days} days are good.", "", *_objectives(stated),
        "## Alarms on thresholds", "", *_alarms(stated),
        "## Alarms on budgets", "", BURN.format(stated.burn.events_at_least, stated.window_days), "", *_burns(stated),
    ]  # fmt: skip
    return "\n".join(lines)


def _promises(stated: Slo) -> list[str]:
    units = {one.name: one.unit.lower() for one in METRICS}
    rows = [
        (code(name), one.meaning, f"{code(one.metric)} {one.statistic}, at most {one.at_most:g} {units[one.metric]}")
        for name, one in stated.promises.items()
    ]
    return table(("promise", "means", "measured as"), rows)


def _objectives(stated: Slo) -> list[str]:
    rows = [
        (code(name), one.meaning, f"{one.at_least_percent:g} %", f"{one.budget_percent:g} %", code(one.total.metric))
        for name, one in stated.objectives.items()
    ]
    return table(("objective", "means", "good at least", "budget", "metric"), rows)


def _alarms(stated: Slo) -> list[str]:
    rows = [
        (_runbook(name), one.urgency, one.meaning, _rule(one, stated), "yes" if one.rolls_back_a_release else "")
        for name, one in stated.alarms.items()
    ]
    return table(("alarm", "asks for", "when", "as a rule", "sends a release back"), rows)


def _rule(one: Alarm, stated: Slo) -> str:
    metrics = " + ".join(one.metrics)
    beyond = "below" if one.below else "above"
    needed = one.datapoints or one.periods
    times = f"{needed} of {one.periods} times" if one.periods > 1 else "once"
    silence = "; silence counts as such" if one.silence_is_alarming else ""
    watched = f"{one.statistic} of `{metrics}` in {_spoken(one.period_seconds)}"
    return f"{watched} {beyond} {stated.threshold(one):g}, {times}{silence}"


def _burns(stated: Slo) -> list[str]:
    policies = list(stated.burn.policies.values()) * len(stated.burn_alarms)
    rows = [
        (
            _runbook(name),
            rule.urgency,
            rule.meaning,
            f"{rule.burn_rate(stated.window_days):g}",
            f"{_spoken(rule.long_seconds)} and {_spoken(rule.short_seconds)}",
        )
        for name, rule in zip(stated.burn_alarms, policies, strict=False)
    ]
    return table(("alarm", "asks for", "when", "burn rate above", "in both of"), rows)


def _runbook(name: str) -> str:
    return f"[{name}]({RUNBOOKS}/{name}.md)"


def _spoken(seconds: int) -> str:
    hours, rest = divmod(seconds, MINUTE * MINUTE)
    return f"{hours} h" if hours and not rest else f"{seconds // MINUTE} min"
