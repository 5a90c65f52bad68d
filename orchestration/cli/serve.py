"""`pmm pages`."""

from __future__ import annotations

import socket

from orchestration.cli.common import err, out, refuse
from orchestration.inputs.home import Home
from orchestration.serving.address import HOST


def run(port: int) -> None:
    """Serve the pages until somebody stops it."""
    import uvicorn

    from orchestration.serving.app import KEY, app_of, key_of

    home = Home.current()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            refuse(f"Port {port} can't be used ({error.strerror}); --port names another.")
        listener.listen()  # who has the address is answered
        port = listener.getsockname()[1]
        out().print(f"http://{HOST}:{port}/?{KEY}={key_of(home)}", markup=False, soft_wrap=True)
        err().print("Open it in a browser on this machine; the key in it is yours alone. Stop with Ctrl+C.")
        # Python's own loop, and nothing to begin or to end with: a signal ends it whenever it comes
        config = uvicorn.Config(
            app_of(home, port), log_level="warning", access_log=False, loop="asyncio", lifespan="off", timeout_graceful_shutdown=2
        )
        uvicorn.Server(config).run(sockets=[listener])
