"""Uploads a picture as an avatar, with a progress bar. Needs AGENTHUMAN_TOKEN, since an avatar belongs to a user.

pip install tqdm, and agenthuman as in the README
python upload.py face.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from tqdm import tqdm

from agenthuman import AgentHuman


def main(picture: Path) -> None:
    with AgentHuman() as client, tqdm(unit="B", unit_scale=True) as bar:

        def show(sent: int, total: int | None) -> None:
            bar.total = total
            bar.update(sent - bar.n)

        avatar = client.avatars.upload(file=picture, name="My face", on_progress=show)
    print(f"avatar {avatar.id}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
