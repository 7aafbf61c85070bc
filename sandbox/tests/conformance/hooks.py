"""Corrects generated requests where the OpenAPI document cannot describe valid ones."""

import json
import os
import urllib.request

import schemathesis

URL = os.environ["CONFORMANCE_URL"]
TOKEN = os.environ["CONFORMANCE_TOKEN"]
END_THE_TOKEN = ("auth.refresh", "auth.logout")


@schemathesis.hook
def before_call(context, case, **kwargs):
    name = case.operation.definition.raw["operationId"]
    right = case.meta.generation.mode.is_positive
    if right and case.query and case.query.get("after"):
        # A cursor must be the `next` of an earlier page.
        case.query["after"] = "1700000000000-5" if name == "agents.list" else "5"
    if right and isinstance(case.body, dict):
        correct(name, case.body, case.operation)
        correct_rooms(name, case)
    if name in END_THE_TOKEN and case.headers.get("Authorization") == f"Bearer {TOKEN}":
        # The other calls need the token of the run.
        case.headers["Authorization"] = f"Bearer {new_token()}"


def correct(name, body, operation):
    """Corrects the body in place, since schemathesis treats a replaced body as not generated."""
    if isinstance(avatar := body.get("avatar_id"), (int, float)):
        # The avatar must exist.
        body["avatar_id"] = 1 + int(avatar) % 3
    if name == "avatars.upload":
        # The names of other fields may not be valid in the header of a form part.
        for field in body.keys() - known_fields(operation):
            del body[field]
    elif name.endswith(".update") and not known_fields(operation) & body.keys():
        # An update must contain a known field.
        body["name"] = "conformance"


def correct_rooms(name, case):
    """Corrects what the contract "rooms" requires beyond its schemas."""
    body = case.body
    room = body.get("room")
    if isinstance(room, dict) and room["platform"] != "proxy":
        # Only a room of the service's own has neither.
        room.setdefault("url", "wss://rooms.example.test")
        room.setdefault("token", "token")
    if name in ("sessions.create", "openclaw.initiate") and "avatar" in body:
        # The avatar must exist, or be a picture.
        body["avatar"] = "avat_01KMZHXFPBVCXA5ATK85HCP8G1"
    # The format of a text that may also be null is not generated.
    if isinstance(body.get("avatar_image_url"), str):
        body["avatar_image_url"] = "https://cdn.example.test/face.jpg"
    if isinstance(body.get("expires_at"), str):
        body["expires_at"] = "2100-01-01T00:00:00Z"
    if name == "avatars.upload_face":
        is_form = case.media_type.startswith("multipart/")
        right = {"file": b"\x89PNG\r\n\x1a\n"} if is_form else {"image_url": "https://cdn.example.test/face.jpg"}
        body.clear()
        body.update(right)


def known_fields(operation):
    (content,) = operation.definition.raw["requestBody"]["content"].values()
    schema = content["schema"]
    if "$ref" in schema:
        schema = operation.schema.raw_schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema["properties"].keys()


def new_token():
    email = "conformance@example.test"
    post("/v1/auth/otp/request", {"email": email})
    code = answer_of(f"{URL}/sandbox/mailbox?to={email}")["mails"][0]["code"]
    return post("/v1/auth/otp/verify", {"email": email, "code": code})["token"]


def post(path, body):
    headers = {"content-type": "application/json"}
    return answer_of(urllib.request.Request(URL + path, json.dumps(body).encode(), headers))


def answer_of(request):
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
