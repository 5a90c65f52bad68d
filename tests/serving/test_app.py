"""The pages over HTTP, by the real command: for whoever has the key, on this machine, and nothing but pages."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from orchestration.inputs.home import Home

PMM = Path(sys.executable).with_name("pmm")


@contextmanager
def served(home: Home) -> Iterator[str]:
    """The address with the key, as the command prints it."""
    command = [str(PMM), "pages", "--port", "0"]
    environment = {**os.environ, "PMM_HOME": str(home.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            parts = urlsplit(address)
            assert requests.get(f"{parts.scheme}://{parts.netloc}/", timeout=30).status_code == 403
            yield address
        finally:
            process.terminate()
            try:
                process.communicate(timeout=20)
            finally:
                process.kill()  # one that does not end is not waited for


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = Home(tmp_path_factory.mktemp("served") / "home")
    publication = found.publications / "first"
    for audience in ("public", "internal"):
        (publication / audience / "report" / "en").mkdir(parents=True)
        (publication / audience / "report" / "index.html").write_text(f"report of {audience}")
        (publication / audience / "report" / "en" / "naïve page.html").write_text("a page")
        (publication / f"{audience}.duckdb").write_text("rows")
        (found.warehouse / audience).symlink_to(publication / audience)
    (found.data_docs / "c").mkdir(parents=True)
    (found.data_docs / "index.html").write_text("all checks")
    (found.warehouse / "secret.txt").write_text("secret")
    return found


def test_pages_are_served_to_who_has_the_key_and_to_nobody_else(home: Home) -> None:
    with served(home) as address:
        parts = urlsplit(address)
        base = f"{parts.scheme}://{parts.netloc}"
        assert parts.hostname == "127.0.0.1"
        stranger, owner = requests.Session(), requests.Session()
        for path in ("/", "/report/public/index.html", "/checks/index.html", "/?key=guessed"):
            assert stranger.get(f"{base}{path}").status_code == 403
        first = owner.get(address)
        assert first.status_code == 200
        assert "key=" not in first.url, "the key does not stay in the address"
        assert '<a href="/report/public/index.html">Report, public: for everybody</a>' in first.text
        assert '<a href="/checks/index.html">Checks of all cycles</a>' in first.text
        assert owner.get(f"{base}/report/internal/index.html").text == "report of internal"
        assert owner.get(f"{base}/report/public/en/naïve page.html").text == "a page"
        answer = owner.get(f"{base}/checks/index.html")
        assert answer.text == "all checks"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        # nothing but pages: no database, no file beside, by no way round
        for path in (
            "/public.duckdb",
            "/secret.txt",
            "/report/public/../../secret.txt",
            "/report/public/%2e%2e/%2e%2e/secret.txt",
            "/checks/%2e%2e/secret.txt",
            "/checks/..%2fsecret.txt",
            "/.pages_key",
        ):
            request = requests.Request("GET", base, cookies=owner.cookies.get_dict()).prepare()
            request.url = f"{base}{path}"
            answer = owner.send(request)
            assert answer.status_code == 404, path
        # a page elsewhere that has its name point here gets nothing
        assert owner.get(f"{base}/", headers={"Host": "pages.example"}).status_code == 400
    # whoever reads the key is its owner, who need not fetch it again after the next start
    assert stat.S_IMODE((home.warehouse / ".pages_key").stat().st_mode) == 0o600
    with served(home) as again:
        assert urlsplit(again).query == parts.query


def test_a_port_in_use_is_said_so(home: Home) -> None:
    with served(home) as address:
        port = str(urlsplit(address).port)
        environment = {**os.environ, "PMM_HOME": str(home.path)}
        done = subprocess.run([str(PMM), "pages", "--port", port], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"Port {port} can't be used" in done.stderr
