"""Reports in the making: requests move on by being looked at and by time; files lie behind signed URLs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..core.world import World
from .definitions import DEFINITIONS, Definition
from .errors import Refusal, not_found
from .report_files import DIALECTS, ReportFile, write_parquet, write_report
from .report_rows import ROWS, Selection
from .state import Tenant
from .usage_rows import metering_rows, revenue_rows, usage_rows
from .values import Record, identifier, parse_stamp, stamp

POLLS_DEFAULT = 2
"""The look at a request that finds it done; looks before it find it processing."""

READY_AFTER = timedelta(seconds=60)
"""A report is done after this time, however often it was looked at."""

REPORT_KEPT = timedelta(days=7)
URL_TTL_SECONDS_DEFAULT = 300
ALL_ROWS = {
    **ROWS,
    "INVOICE_USAGE": usage_rows,
    "METERING": metering_rows,
    "REVENUE_RECOGNITION": revenue_rows,
}
OPEN_STATUSES = frozenset({"PENDING", "PROCESSING"})


@dataclass
class Job:
    """A request as the API shows it, and what happens behind it."""

    record: Record
    definition: Definition
    values: dict[str, str]
    not_before: datetime
    fails: bool = False
    polls: int = 0


class ReportDesk:
    """All requests and reports of the tenant."""

    def __init__(self, world: World, tenant: Tenant) -> None:
        options = world.options.get("solvimon", {})
        self._world, self._tenant = world, tenant
        self._rng: random.Random = world.random("solvimon reports")
        self._polls: int = options.get("report_polls", POLLS_DEFAULT)
        self._ttl: float = options.get("url_ttl_seconds", URL_TTL_SECONDS_DEFAULT)
        # a folder that stands for all buckets; without it what is pushed is not kept
        self._buckets: Path | None = Path(options["buckets"]) if "buckets" in options else None
        self._to_fail: int = options.get("fail_reports", 0)
        self.jobs: dict[str, Job] = {}
        self.reports: dict[str, Record] = {}
        self.configurations = [_configuration(self._rng, item) for item in DEFINITIONS.values()]
        self.subscriptions = [_subscription(self._rng, self.configurations[0])]
        self._make_earlier_reports()

    def actions(self) -> dict[str, Callable[..., Any]]:
        return {"fail_reports": self.fail_reports}

    def fail_reports(self, count: int = 1) -> int:
        """Let the next `count` requests end in FAILED."""
        self._to_fail += count
        return self._to_fail

    def create(self, definition: Definition, values: dict[str, str], body: Mapping[str, Any]) -> Record:
        """Accept a request that was checked; returns it as PENDING."""
        now = self._world.clock.now()
        not_before = body.get("generate_at")
        configuration = body.get("report_configuration_id") or self._configuration_of(definition)["id"]
        if configuration not in {item["id"] for item in self.configurations}:
            raise not_found("REPORT_CONFIGURATION", configuration)
        record = {
            "object_type": "REPORT_GENERATE_REQUEST",
            "id": identifier(self._rng, "rgre"),
            "customer_id": body.get("customer_id"),
            "invoice_id": body.get("invoice_id"),
            "generate_at": not_before or stamp(now),
            "report_code": definition.code,
            "parameter_values": [{"name": name, "value": value} for name, value in values.items()],
            "status": "PENDING",
            "report_subscription_id": body.get("report_subscription_id"),
            "report_configuration_id": configuration,
            "run_type": "ONE_OFF",
            **({"export_location": body["export_location"]} if body.get("export_location") else {}),
        }
        job = Job(record, definition, values, parse_stamp(not_before) if not_before else now)
        if self._to_fail:
            self._to_fail -= 1
            job.fails = True
        self.jobs[record["id"]] = job
        return dict(record)

    def look(self, request_id: str) -> Record:
        """Return a request by id. Looking moves it on."""
        job = self._job(request_id)
        job.polls += 1
        self._advance(job)
        return job.record

    def report_of(self, request_id: str) -> Record:
        """Return the report that a request has led to, or refuse while there is none. Looking moves it on."""
        self.look(request_id)
        for report in self.reports.values():
            if report["report_generate_request_id"] == request_id:
                return report
        raise not_found("REPORT", f"of {request_id}")

    def requests(self) -> list[Record]:
        """Return all requests as they are now."""
        for job in self.jobs.values():
            self._advance(job)
        return [job.record for job in self.jobs.values()]

    def report(self, report_id: str) -> Record:
        if report_id not in self.reports:
            raise not_found("REPORT", report_id)
        return self.reports[report_id]

    def download_url(self, report_id: str) -> Record:
        """Return a fresh signed URL; reports that were pushed elsewhere or have expired have none."""
        report = self.report(report_id)
        now = self._world.clock.now()
        if report["expire_at"] <= stamp(now):
            raise Refusal(400, "UNABLE_TO_PROCESS_INSTRUCTIONS", "the report has expired")
        if report["id"] not in self._world.storage.blobs:
            raise Refusal(400, "UNABLE_TO_PROCESS_INSTRUCTIONS", "the report was exported elsewhere")
        report["downloaded_at"] = stamp(now)
        return {
            "resource": {"type": "REPORT", "id": report_id},
            "expire_at": stamp(now + timedelta(seconds=self._ttl)),
            "url": self._world.storage.sign(report_id, self._ttl),
        }

    def _job(self, request_id: str) -> Job:
        if request_id not in self.jobs:
            raise not_found("REPORT_GENERATE_REQUEST", request_id)
        return self.jobs[request_id]

    def _configuration_of(self, definition: Definition) -> Record:
        return next(item for item in self.configurations if item["report_code"] == definition.code)

    def _advance(self, job: Job) -> None:
        now = self._world.clock.now()
        if job.record["status"] not in OPEN_STATUSES or now < job.not_before:
            return
        if job.polls >= self._polls or now - job.not_before >= READY_AFTER:
            self._finish(job, now)
        elif job.polls:
            job.record["status"] = "PROCESSING"

    def _finish(self, job: Job, now: datetime) -> None:
        if job.fails:
            job.record["status"] = "FAILED"
            return
        job.record["status"] = "DONE"
        self._tenant.tick()
        number = len(self.reports)
        rows = ALL_ROWS[job.definition.code](self._tenant, Selection.of(job.values))
        dialect = DIALECTS[number % len(DIALECTS)]
        name = f"{job.definition.code.lower()}_{number:05d}"
        if bucket_of(job.record).get("format_type") == "PARQUET":
            self._publish(job, write_parquet(job.definition, rows, name), now)
        else:
            self._publish(job, write_report(job.definition, rows, dialect, self._rng, name), now)

    def _publish(self, job: Job, file: ReportFile, now: datetime) -> None:
        report_id = identifier(self._rng, "repo")
        if "export_location" not in job.record:
            media_type = "application/gzip" if file.name.endswith(".gz") else "text/csv"
            self._world.storage.put(report_id, file.content, media_type, file.content_encoding)
        elif self._buckets is not None and (bucket := bucket_of(job.record)):
            self.push(bucket["bucket_path"], job.record["export_location"].get("stream_name"), file)
        self.reports[report_id] = {
            "object_type": "REPORT",
            "id": report_id,
            "customer_id": job.record["customer_id"],
            "invoice_id": job.record["invoice_id"],
            "expire_at": stamp(now + REPORT_KEPT),
            "report_code": job.definition.code,
            "file_name": file.name,
            "file_location": None,
            "created_at": stamp(now),
            "data_extracted_at": stamp(now),
            "file_size": len(file.content),
            "downloaded_at": None,
            "parameter_values": job.record["parameter_values"],
            "report_generate_request_id": job.record["id"],
            "run_type": job.record["run_type"],
        }

    def push(self, bucket_path: str, stream_name: str | None, file: ReportFile) -> None:
        """Write a file where it is pushed to: a folder of the buckets' folder, by the name of its stream."""
        folder = self._buckets / bucket_path / (stream_name or "")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.content)

    def _make_earlier_reports(self) -> None:
        """Make the reports that a subscription left before today: one has expired, one can still be read."""
        for age in (REPORT_KEPT + timedelta(days=1), timedelta(days=1)):
            then = self._world.started_at - age
            values = {
                "from_date": stamp(self._world.start)[:10],
                "to_date": stamp(then)[:10],
            }
            record = self.create(DEFINITIONS["INVOICE_HEADER"], values, {"generate_at": stamp(then)})
            job = self.jobs[record["id"]]
            job.record.update(run_type="SCHEDULED", report_subscription_id=self.subscriptions[0]["id"])
            self._finish(job, then)


def bucket_of(record: Record) -> Record:
    """Return what a request says of the bucket that its report is pushed to; nothing for any other request."""
    location = record.get("export_location") or {}
    return (
        location.get(str(location.get("variant")).lower()) or {}
        if location.get("variant") in ("S3", "GCS")
        else {}
    )


def _configuration(rng: random.Random, definition: Definition) -> Record:
    return {
        "object_type": "REPORT_CONFIGURATION",
        "id": identifier(rng, "reco"),
        "report_code": definition.code,
        "report_definition": definition.render(),
        "override_columns": [],
        "available_custom_field_columns": [
            {"name": name, "custom_field": {"reference": name.lower()}} for name in definition.custom
        ],
    }


def _subscription(rng: random.Random, configuration: Record) -> Record:
    return {
        "object_type": "REPORT_SUBSCRIPTION",
        "id": identifier(rng, "resu"),
        "report_configuration_id": configuration["id"],
        "report_code": configuration["report_code"],
        "format": "CSV",
        "trigger": None,
        "schedule": {"time_of_day": 6, "day_of_week": None, "day_of_month": None},
        "active": True,
        "parameter_values": [],
    }
