"""Signs in with a code sent by email, saves an API key, and uses the saved key from then on.

The key is saved in a file that only this user can read: KEY_FILE, or agenthuman.key in the current folder.
"""

from __future__ import annotations

import os
from pathlib import Path

from agenthuman import AgentHuman, APIKeyRevokedError, AuthenticationError, InvalidArgumentError

KEY_FILE = Path(os.environ.get("KEY_FILE", "agenthuman.key"))


def sign_in() -> None:
    with AgentHuman() as client:
        email = input("Email: ")
        client.auth.request_otp(email)
        while True:
            try:
                login = client.auth.verify_otp(email, input("Code from the email: "))
                break
            except (AuthenticationError, InvalidArgumentError) as error:
                print(error.message)
        print(f"Signed in as {login.user.email if login.user else email}.")
        # The client has the token now, which creates keys. A key is shown once.
        created = client.api_keys.create(name="sign_in.py", environment="test")
    with open(os.open(KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(created.key)


def main() -> None:
    if not KEY_FILE.exists():
        sign_in()
    with AgentHuman(api_key_file=KEY_FILE) as client:
        try:
            sessions = client.sessions.list().all()
        except APIKeyRevokedError:
            KEY_FILE.unlink()
            raise SystemExit("The saved key was revoked. Run this again to sign in.") from None
        print(f"The account has {len(sessions)} sessions.")


if __name__ == "__main__":
    main()
