"""Runs schemathesis on the OpenAPI document of a sandbox, once with each credential.

    python run.py PATH/TO/agenthuman-sandbox            about a minute
    python run.py PATH/TO/agenthuman-sandbox --long     at least 20,000 examples

requirements.txt lists the dependencies. Further arguments are passed to `schemathesis run`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHORT, LONG = 20, 600


@contextmanager
def sandbox(program):
    command = [program, "--port", "0", "--json", "--rate-limit", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def operations(url, scheme):
    """Yields the operations that accept the credential; for the token also those without a credential."""
    with urllib.request.urlopen(f"{url}/openapi.json") as answer:
        document = json.load(answer)
    for item in document["paths"].values():
        for operation in item.values():
            security = operation.get("security")
            if any(scheme in way for way in security) if security else scheme == "jwt":
                yield operation["operationId"]


def configuration(scheme, secret):
    field = "api_key" if scheme == "api_key" else "bearer"
    text = (HERE / "schemathesis.toml").read_text()
    return f'{text}\n[auth.openapi.{scheme}]\n{field} = "{secret}"\n'


def check(running, scheme, secret, examples, further):
    environment = os.environ | {
        "CONFORMANCE_HOOKS": str(HERE / "hooks.py"),
        "CONFORMANCE_URL": running["url"],
        "CONFORMANCE_TOKEN": running["token"],
    }
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(configuration(scheme, secret))
        chosen = [f"--include-operation-id={name}" for name in operations(running["url"], scheme)]
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", f"{running['url']}/openapi.json"]
        command += ["--max-examples", str(examples), *chosen, *further]
        print(f"== {len(chosen)} operations with {scheme}", flush=True)
        return subprocess.run(command, env=environment, cwd=folder).returncode


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=Path)
    arguments.add_argument("--long", action="store_true")
    chosen, further = arguments.parse_known_args()
    examples = LONG if chosen.long else SHORT
    with sandbox(chosen.program) as running:
        failed = [
            scheme
            for scheme, secret in (("api_key", running["api_key"]), ("jwt", running["token"]))
            if check(running, scheme, secret, examples, further)
        ]
    if failed:
        sys.exit(f"not conformant with {' and '.join(failed)}")


if __name__ == "__main__":
    main()
