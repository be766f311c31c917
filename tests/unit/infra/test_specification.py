"""The specification's own HCL is rejected fault by fault: by `terraform validate`, or by the rule meant for it."""

import pytest

from tests.unit.infra.estate import Estate
from tests.unit.infra.rules import findings
from tests.unit.infra.specification import REFUSED, REJECTED, UNTOUCHED, WHOLE, Mend, errors, estates


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return errors(tmp_path_factory.mktemp("errors"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Estate]:
    return estates(tmp_path_factory.mktemp("estates"))


def test_as_it_is_it_has_seven_errors(said: dict[str, list[str]]) -> None:
    undeclared = [error for error in said[UNTOUCHED] if error.startswith("Reference to undeclared resource")]
    assert len(said[UNTOUCHED]) == 7
    assert len(undeclared) == 6


def test_with_every_mend_it_is_an_estate_that_keeps_every_rule(
    said: dict[str, list[str]], found: dict[str, Estate]
) -> None:
    assert said[WHOLE] == []
    assert findings(found[WHOLE]) == {}


@pytest.mark.parametrize("mend", REFUSED, ids=lambda mend: mend.fault)
def test_terraform_names_the_fault_and_no_other(said: dict[str, list[str]], mend: Mend) -> None:
    assert said[mend.name]
    assert [error for error in said[mend.name] if mend.error not in error] == []


@pytest.mark.parametrize("mend", REJECTED, ids=lambda mend: mend.fault)
def test_only_the_rule_that_is_meant_for_it_finds_the_fault(found: dict[str, Estate], mend: Mend) -> None:
    assert findings(found[mend.name]).keys() == {mend.rule}
