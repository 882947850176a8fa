"""One spelling for what records and components spell differently."""

from __future__ import annotations

import pytest

from supplychain.advisory.ecosystem import normal_ecosystem, normal_name


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04"),
        ("Ubuntu:24.10", "Ubuntu:24.10"),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu:18.04"),
        # A product of its own, with versions of its own.
        ("Ubuntu:Pro:FIPS-updates:18.04:LTS", "Ubuntu:FIPS-updates:18.04"),
        ("Red Hat:enterprise_linux:9::baseos", "Red Hat:9"),
        ("Red Hat:rhel_eus:9.2::appstream", "Red Hat:rhel_eus:9.2::appstream"),
        ("Maven:https://maven.example/repo", "Maven"),
        ("SUSE:Linux Enterprise Server 15 SP5", "SUSE:15.5"),
        ("SUSE:Linux Enterprise Server 15 SP3-LTSS", "SUSE:15.3"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:15.5"),
        ("SUSE:Linux Enterprise Server for SAP Applications 12 SP5", "SUSE:12.5"),
        ("SUSE:Linux Enterprise Server 15", "SUSE:15"),
        ("SUSE:Linux Enterprise Micro 5.2", "SUSE:Linux Enterprise Micro 5.2"),
        ("Debian:12", "Debian:12"),
    ],
)
def test_ecosystem(written: str, normal: str) -> None:
    assert normal_ecosystem(written) == normal
    assert normal_ecosystem(normal) == normal


def test_names_are_folded_where_registries_fold_them() -> None:
    assert normal_name("PyPI", "A__b.C") == "a-b-c"
    assert normal_name("NuGet", "Newtonsoft.Json") == "newtonsoft.json"
    assert normal_name("Maven", "Org:X") == "Org:X"
