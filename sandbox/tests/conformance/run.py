"""Runs schemathesis on the OpenAPI documents of a sandbox, once with each credential.

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
    command = [program, "--port", "0", "--json", "--rate-limit", "off", "--minutes", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


# The paths below which the contracts are, and the credentials that their operations accept.
RUNS = (("", "api_key"), ("", "jwt"), ("/rooms", "api_key"), ("/rooms", "jwt"))


def operations(url, scheme):
    """Yields the operations that accept the credential; for the token also those without a credential."""
    with urllib.request.urlopen(f"{url}/openapi.json") as answer:
        document = json.load(answer)
    for item in document["paths"].values():
        for operation in item.values():
            security = operation.get("security")
            if any(scheme in way for way in security) if security else scheme == "jwt":
                yield operation["operationId"]


def configuration(prefix, scheme, secret):
    field = "api_key" if scheme == "api_key" else "bearer"
    text = (HERE / "schemathesis.toml").read_text() + (HERE / f"{prefix.strip('/') or 'agents'}.toml").read_text()
    return f'{text}\n[auth.openapi.{scheme}]\n{field} = "{secret}"\n'


def check(running, prefix, scheme, examples, further):
    base = running["url"] + prefix
    environment = os.environ | {
        "CONFORMANCE_HOOKS": str(HERE / "hooks.py"),
        "CONFORMANCE_URL": running["url"],
        "CONFORMANCE_TOKEN": running["token"],
    }
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(configuration(prefix, scheme, running["token" if scheme == "jwt" else scheme]))
        chosen = [f"--include-operation-id={name}" for name in operations(base, scheme)]
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", f"{base}/openapi.json"]
        command += ["--max-examples", str(examples), *chosen, *further]
        print(f"== {len(chosen)} operations of {prefix or '/agents'} with {scheme}", flush=True)
        return subprocess.run(command, env=environment, cwd=folder).returncode


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=Path)
    arguments.add_argument("--long", action="store_true")
    chosen, further = arguments.parse_known_args()
    examples = LONG if chosen.long else SHORT
    with sandbox(chosen.program) as running:
        failed = [
            f"{prefix or '/agents'} and {scheme}"
            for prefix, scheme in RUNS
            if check(running, prefix, scheme, examples, further)
        ]
    if failed:
        sys.exit(f"not conformant with {', '.join(failed)}")


if __name__ == "__main__":
    main()
