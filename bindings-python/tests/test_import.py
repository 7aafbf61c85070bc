"""The modules that `import agenthuman` loads: its own, and almost no others."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

from canned import Answer, Server, session_row

# Builtin modules, which cost nothing.
LIGHT = {"__future__", "_contextvars", "_xxsubinterpreters", "atexit", "contextvars"}


def run(code: str) -> list[str]:
    """Returns the lines that a new interpreter prints."""
    # A normally started interpreter always has os.
    head = f"import os, sys; sys.path[:0] = {sys.path!r}\nbare = set(sys.modules)\nimport agenthuman\n"
    code = head + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )


def test_import_loads_only_its_own_modules() -> None:
    new, *_ = run("""
        new = sorted(set(sys.modules) - bare)
        import json
        print(json.dumps(new))
    """)
    others = {name for name in json.loads(new) if name.partition(".")[0] != "agenthuman"}
    assert others <= LIGHT
    assert not {"agenthuman._async", "agenthuman._watch", "agenthuman._generated.raw_client"} & set(json.loads(new))


def test_import_starts_no_thread() -> None:
    threads, *_ = run("import threading; print(threading.active_count())")
    assert threads == "1"


def test_a_call_imports_neither_asyncio_nor_json(key: str) -> None:
    with Server(Answer(200, {"success": True, "session": {**session_row(5), "metadata": {"a": [1, "x"]}}})) as server:
        heavy, *_ = run(f"""
            client = agenthuman.AgentHuman({key!r}, base_url={server.url!r})
            session = client.sessions.get("5")
            assert session.metadata == {{"a": [1, "x"]}} and repr(session) and hash(session) and session.to_dict()
            heavy = {{"asyncio", "dataclasses", "datetime", "inspect", "json", "logging", "re", "threading", "typing"}}
            print(sorted(heavy & sys.modules.keys()))
        """)
    assert heavy == "[]"


def test_the_async_client_is_imported_at_first_use() -> None:
    before, after, *_ = run("""
        print("asyncio" in sys.modules, "AsyncAgentHuman" in dir(agenthuman))
        agenthuman.AsyncAgentHuman
        print("asyncio" in sys.modules)
    """)
    assert (before, after) == ("False True", "True")


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    said, *_ = run("""
        try:
            agenthuman.nothing
        except AttributeError as error:
            print(error)
    """)
    assert said == "module 'agenthuman' has no attribute 'nothing'"


SUB_INTERPRETER = """
import sys
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
code = '''
try:
    import agenthuman
    print("imported", flush=True)
except ImportError as error:
    print(error, flush=True)
'''
interpreters.run_string(interpreters.create(), f"import sys; sys.path[:0] = {sys.path!r}" + code)
import agenthuman
print("imported", flush=True)
"""


def test_a_sub_interpreter_gets_an_import_error_and_the_process_ends() -> None:
    program = f"import sys; sys.path[:0] = {sys.path!r}" + SUB_INTERPRETER
    # The sub-interpreter still exists when the process exits.
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    in_sub_interpreter, in_main = run.stdout.splitlines()
    assert "interpreter" in in_sub_interpreter
    assert in_main == "imported"
