"""What refusals say beside their texts."""

from __future__ import annotations

import pytest

from minify import api
from minify.batch.bases import blockers
from minify.plan import RefusalKind, Rung
from minify.planner import Wish

KINDS = [
    pytest.param('HEALTHCHECK CMD ps aux\nCMD ["/x"]\n', None, RefusalKind.HEALTH, id="a health check"),
    pytest.param('CMD ["/x"]\n', Rung.SLIM, RefusalKind.WISH, id="a rung that was asked for"),
]


@pytest.mark.parametrize(("lines", "to", "kind"), KINDS)
def test_what_a_refusal_is_about(lines: str, to: Rung | None, kind: RefusalKind) -> None:
    plan = api.fix_text(f"FROM debian:trixie\n{lines}".encode(), wish=Wish(to=to)).plan
    assert kind in [refusal.kind for refusal in plan.refusals]


def test_what_the_user_asked_for_is_no_blocker() -> None:
    plan = api.fix_text(b'FROM debian:trixie\nCMD ["/x"]\n', wish=Wish(to=Rung.SLIM)).plan
    assert not [one for one in blockers(plan) if "asks for no better" in one.reason]
