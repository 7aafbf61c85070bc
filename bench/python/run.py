"""Runs one Python client in this process and prints one line of JSON.

    python run.py CLIENT MODE BASE SECONDS CONCURRENCY

CLIENT is a file of clients/; MODE is seq, conc, post, list, walk, young, cold, import, construct or memory.
The key is in AGENTHUMAN_BENCH_KEY. Nothing is imported here before the client is: what it imports is measured.
"""

import sys
from time import perf_counter, process_time


def resident(field="VmRSS"):
    """Returns the resident memory in MB, if the system reports it."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field))
    except OSError:
        return None


def main(name, mode, base, seconds, amount):
    before = resident(), process_time(), perf_counter()
    client = __import__(name)
    rss, cpu, wall = (after - then if then is not None else None for after, then in zip((resident(), process_time(), perf_counter()), before))
    imported = {"import_ms": wall * 1e3, "import_cpu_ms": cpu * 1e3, "import_rss_mb": rss}
    if mode == "import":
        return imported
    from modes import measure

    return {**imported, **measure(client, mode, base, float(seconds), int(amount))}


if __name__ == "__main__":
    sys.path.insert(1, sys.path[0] + "/clients")
    figures = main(*sys.argv[1:])
    whole = process_time()
    import json

    print(json.dumps({**figures, "process_cpu_ms": whole * 1e3, "peak_rss_mb": resident("VmHWM")}))
