"""Faults of agencies and appointments: names of nobody, and superiors or successors that go in a circle."""

from collections.abc import Iterator

from definitions.bundle import Bundle
from definitions.registers import Agencies, Agency, Appointment, Appointments
from definitions.soundness.finding import Finding, circle, unknown


def agency_faults(file: Agencies, bundle: Bundle) -> Iterator[Finding]:
    """Superiors, successors and provinces exist, and no chain of them goes in a circle."""
    for agency in file.agencies:
        place = f"agency[{agency.key}]"
        for name, other in (("superior", agency.superior), ("successor", agency.successor)):
            if other is not None and other not in bundle.agencies:
                yield unknown(f"{place}.{name}", "agency", other, bundle.agencies, agency.key)
        if agency.province is not None and agency.province not in {row.key for row in bundle.provinces}:
            yield unknown(f"{place}.province", "province", agency.province, {row.key for row in bundle.provinces})
        yield from circle(f"{place}.superior", agency.key, lambda key: _of(bundle, key, "superior"))
        yield from circle(f"{place}.successor", agency.key, lambda key: _of(bundle, key, "successor"))


def _of(bundle: Bundle, key: str, name: str) -> str | None:
    agency: Agency | None = bundle.agencies.get(key)
    found = getattr(agency, name, None)
    return found if isinstance(found, str) else None


def appointment_faults(file: Appointments, bundle: Bundle) -> Iterator[Finding]:
    """Agency, programme, process, province and role of every appointment exist."""
    provinces = {row.key for row in bundle.provinces}
    processes = {process.key for process in bundle.processes.values()}
    for index, row in enumerate(file.appointments):
        place = f"appointment[{index}]"
        for name, key, known in (
            ("agency", row.agency, bundle.agencies.keys()),
            ("programme", row.programme, bundle.programmes.keys()),
            ("process", row.process, processes),
            ("province", row.province, provinces),
            ("role", row.role, _roles(row, bundle)),
        ):
            if key is not None and key not in known:
                yield unknown(f"{place}.{name}", name, key, known, f"{row.agency} as {row.role}")


def _roles(row: Appointment, bundle: Bundle) -> set[str]:
    processes = (process for process in bundle.processes.values() if row.process in (None, process.key))
    return {role.key for process in processes for role in process.roles}
