"""Names the adapters that break an estate and mend it: Settings -> Estate. No task of a service loads them."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from raglite.bootstrap import audit_trail, bootstrap, recovery, registry, require
from raglite.observability.audit_trail import check
from raglite.ports.drills import Estate, Infrastructure, Levers, Names
from raglite.settings import Settings


def drill_estate(settings: Settings, names: Names | None = None) -> Estate:
    """Return the estate that a drill breaks, at other names than the settings' if they are given."""
    names = names or Names(**{name: getattr(settings, name) for name in Names.__dataclass_fields__})
    settings = settings.model_copy(update=asdict(names))
    archives, began = recovery(settings), datetime.now(UTC)
    return Estate(
        names=names,
        services=bootstrap(settings),
        index=archives.index,
        levers=_levers(settings, names),
        skewed=lambda clock: bootstrap(settings, clock=clock, registry=registry(settings, clock)),
        secrets=archives.secrets,
        audit_faults=(lambda: _audit_faults(settings, began)) if settings.audit_bucket else None,
    )


def infrastructure(settings: Settings) -> Infrastructure | None:
    """Return what makes the estate as it is declared; None where no setting says how."""
    from raglite.adapters.terraform import Terraform

    if not settings.terraform:
        return None
    require(settings, "terraform_variables")
    return Terraform(settings.terraform, settings.terraform_variables)


def _levers(settings: Settings, names: Names) -> Levers:
    from raglite.adapters.api_keys import ApiKeys
    from raglite.adapters.aws_disasters import AwsDisasters, Clients
    from raglite.adapters.command_line import CommandLine
    from raglite.adapters.ecs_levers import EcsLevers
    from raglite.adapters.fault_proxy import FaultProxy
    from raglite.adapters.other_model import other_model
    from raglite.adapters.qdrant_levers import QdrantLevers
    from raglite.adapters.s3_vandal import S3Vandal
    from raglite.adapters.service_door import ServiceDoor

    require(settings, "api_key")
    keys = [one.get_secret_value() if one else None for one in (settings.api_key, settings.qdrant_api_key)]
    points = QdrantLevers.connect(settings.qdrant_url, keys[1], names.collection)
    return Levers(
        door=ServiceDoor(settings.api_url, keys[0] or ""),
        tasks=EcsLevers.connect(),
        keys=ApiKeys.connect(settings.api_keys_secret),
        stores=AwsDisasters(Clients.connect(), names, points),
        points=points,
        backups=S3Vandal.connect(settings.backups_bucket),
        commands=CommandLine({f"RAGLITE_{name.upper()}": value for name, value in asdict(names).items()}),
        other_model=partial(other_model, settings.model_dir),
        infrastructure=infrastructure(settings),
        faults=FaultProxy.connect(settings.faults_url) if settings.faults_url else None,
    )


def _audit_faults(settings: Settings, since: datetime) -> tuple[str, ...]:
    checked = check(audit_trail(settings), datetime.now(UTC), since)
    bad = (f"{one.head.chain}: {one.fault}" for one in checked.verdicts if one.fault)
    return (*bad, *(f"{key} lies among the anchors and is none" for key in checked.no_anchors))
