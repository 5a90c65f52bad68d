"""Tells people that a run failed: a sensor that hands each failure to the command or webhook of `alerts.toml`."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import dagster as dg
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from orchestration.defs.runs import PARTITION_TAG, READABLE, cause, checks_of, failure_reason, innermost
from orchestration.inputs.alerts import read_alerts
from orchestration.inputs.home import Home
from orchestration.warehouse.storage import storage_problem

if TYPE_CHECKING:
    from orchestration.inputs.alerts import Alerts

RETRIES = Retry(total=3, backoff_factor=1, allowed_methods=["POST"], status_forcelist=[429, 500, 502, 503, 504])
"""An alert is posted again after 1, 2 and 4 seconds where the other side is away or busy."""
UNTOLD = {
    "disclosure_audit": "Something withheld would follow from what is shown; the run's page says what.",
    "packages_are_valid": "A package is not what its data package says; the run's page says where.",
}
"""What is told of checks whose own words are the Secretariat's alone, since an alert may go further."""


@dataclass(frozen=True)
class Alert:
    """What people are told.

    Attributes:
        cycle: that the run was for; empty for one that was for none.
        reason: why it failed.
        to_do: what to do about it.
    """

    job: str
    run: str
    cycle: str
    reason: str
    to_do: str


def alert_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Alert:
    """What to tell of a run that failed."""
    cycle = run.tags.get(PARTITION_TAG, "")
    checks = checks_of(instance, run.run_id)
    if any(check.blocks for check in checks):
        to_do = "docs/runbook.md says what each check means; the last publication is as it was."
    else:
        to_do = "The last publication is as it was. The sensor tries again; pmm status says how it stands."
    told = [replace(check, description=UNTOLD.get(check.name, check.description)) for check in checks]
    return Alert(run.job_name, run.run_id, cycle, failure_reason(instance, run.run_id, told, _told), to_do)


def _told(failure: dg.DagsterEvent) -> str | None:
    """Why a step failed, in words of ours: those of a library may hold values that it could not use."""
    name, message = innermost(failure)
    if not name or name in READABLE:
        return cause(failure)
    return storage_problem(message) or f"{failure.step_key} failed with {name}; the run's page says more."


def tell(alert: Alert, alerts: Alerts) -> list[str]:
    """Hand an alert to whatever the file names; returns why that could not be done, as sentences."""
    text, problems = json.dumps(asdict(alert)), []
    if alerts.command:
        try:
            done = subprocess.run(alerts.command, input=text, text=True, capture_output=True, timeout=alerts.limit, check=False)
            if done.returncode != 0:
                problems.append(f"{alerts.command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        except (OSError, subprocess.TimeoutExpired) as error:
            problems.append(f"{alerts.command[0]} could not be run: {error}")
    if alerts.webhook:
        try:
            with requests.Session() as session:
                for scheme in ("http://", "https://"):
                    session.mount(scheme, HTTPAdapter(max_retries=RETRIES))
                headers = {"Content-Type": "application/json"}
                session.post(alerts.webhook, data=text, headers=headers, timeout=alerts.limit).raise_for_status()
        except requests.RequestException as error:
            # the address may be a secret, and is in the error's own words
            problems.append(f"The webhook could not be reached ({type(error).__name__}).")
    return problems


def alerts_sensor(home: Home) -> dg.SensorDefinition:
    """The sensor that tells of runs that failed, whoever started them."""

    @dg.run_failure_sensor(
        name="failures_told",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Hand each run that failed to the command or webhook of alerts.toml",
    )
    def failures_told(context: dg.RunFailureSensorContext) -> None:
        for problem in tell(alert_of(context.instance, context.dagster_run), read_alerts(home)):
            context.log.error(problem)

    return failures_told
