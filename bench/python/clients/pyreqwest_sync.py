# Peer: pyreqwest.
# needs: pyreqwest==0.15.1
from pyreqwest.client import SyncClientBuilder
from rows import HEADERS, campaign, name

KIND = "sync"


def make(base):
    return SyncClientBuilder().base_url(base + "/v1/").default_headers(HEADERS).error_for_status(True).build()


def sessions(client):
    return client.get("sessions").build().send().json()["sessions"]


def create(client, body):
    return client.post("sessions").body_json(body).build().send().json()["session"]
