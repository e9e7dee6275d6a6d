"""Who gets an answer: nobody but the user, through the link, and no page but ours."""

from __future__ import annotations

import pytest

from docwatch.frontends.web.guard import POLICY
from docwatch.frontends.web.server import Serving
from tests.conftest import Repo
from tests.frontends.web.conftest import Fetch


@pytest.fixture(autouse=True)
def documented(repo: Repo) -> None:
    repo.write("a.py", '"""Sheep."""\n')
    repo.document()


def cookie(server: Serving, fetch: Fetch) -> str:
    answer = fetch(f"/files/a.py/?token={server.keys.token}&x=1", Authorization=None)
    assert (answer.code, answer.headers["location"]) == (303, "/files/a.py/?x=1")
    said = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in said.split(";")}
    return said.partition(";")[0]


def test_the_link_lets_a_browser_in_and_takes_the_token_out_of_the_address(server: Serving, fetch: Fetch) -> None:
    mine = cookie(server, fetch)
    answer = fetch("/files/a.py/", Authorization=None, Cookie=mine, Sec_Fetch_Site="none")
    assert (answer.code, "Sheep." in answer.text) == (200, True)
    assert server.keys.token not in answer.text


def test_a_ticket_lets_in_once(server: Serving, fetch: Fetch) -> None:
    link = server.ticket().removeprefix(server.address.rstrip("/"))
    assert [fetch(link, Authorization=None).code for _ in range(3)] == [303, 403, 403]


def test_no_token_or_another_one_is_refused(server: Serving, fetch: Fetch) -> None:
    for address in ("/", "/files/a.py/", "/files/a.py.json", "/static/style.css", "/events", "/retry", "/nothing"):
        for given in (None, "Bearer ", "Bearer x", f"Bearer {server.keys.token[:-1]}", f"Basic {server.keys.token}"):
            answer = fetch(address, Authorization=given)
            assert (answer.code, "Sheep" in answer.text) == (403, False)
        for name in (f"docwatch-{server.port}", "docwatch", "token"):
            assert fetch(address, Authorization=None, Cookie=f"{name}=guess").code == 403
        assert fetch(f"{address}?token=guess", Authorization=None).code == 403
        assert fetch(f"{address}?token={server.keys.token}&token=guess", Authorization=None).code == 403


def test_a_forged_host_is_refused_also_with_the_token(server: Serving, fetch: Fetch) -> None:
    for host in (
        *("evil.example", f"evil.example:{server.port}", "127.0.0.1", f"127.0.0.1:{server.port + 1}", "", None),
        *(f"127.0.0.1:{server.port}.evil.example", f"127.0.0.1.nip.io:{server.port}", f"0.0.0.0:{server.port}"),
    ):
        assert fetch("/files/a.py/", Host=host).code in (400, 421)  # none at all is no HTTP
    assert fetch("/files/a.py/", Host=f"LOCALHOST:{server.port}").code == 200


def test_another_page_is_refused_also_with_the_cookie(server: Serving, fetch: Fetch) -> None:
    mine = cookie(server, fetch)
    ours = f"http://127.0.0.1:{server.port}"
    for origin in (
        "null",
        "http://evil.example",
        f"https://127.0.0.1:{server.port}",
        "http://127.0.0.1:1",
        f"{ours}.x",
    ):
        assert fetch("/queue.json", Authorization=None, Cookie=mine, Origin=origin).code == 403
        assert fetch("/retry", "POST", "all=1", Authorization=None, Cookie=mine, Origin=origin).code == 403
    for site in ("cross-site", "same-site"):
        assert fetch("/queue.json", Authorization=None, Cookie=mine, Sec_Fetch_Site=site).code == 403
    assert fetch("/retry", "POST", "all=1", Authorization=None, Cookie=mine).code == 403
    assert fetch("/retry", "POST", "all=1", Authorization=None, Cookie=mine, Origin=ours).code == 400  # none has failed
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"):
        assert fetch("/queue", method, Authorization=None, Cookie=mine, Origin=ours).code in (400, 405)
    assert fetch("/retry?all=1", Authorization=None, Cookie=mine).code in (404, 405)  # a GET changes nothing


def test_every_answer_carries_the_policy(server: Serving, fetch: Fetch) -> None:
    for address, given in (("/", {}), ("/nothing", {}), ("/static/live.js", {}), ("/", {"Authorization": "x"})):
        headers = fetch(address, **given).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_a_redirect_never_leads_to_another_host(server: Serving, fetch: Fetch) -> None:
    for address in ("//evil.example/", "///evil.example", "/\\evil.example", "//evil.example%2f"):
        answer = fetch(f"{address}?token={server.keys.token}", Authorization=None)
        assert answer.headers["location"][:2] not in ("//", "/\\")
