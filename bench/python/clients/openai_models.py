"""The sessions as models of the openai SDK (pydantic), as its generator would write them."""

from datetime import datetime
from operator import attrgetter
from typing import Any, Dict, List, Optional

from openai import BaseModel


class Session(BaseModel):
    session_id: int
    agent_id: int
    session_type: str
    status: str
    started_at: datetime
    created_at: datetime
    agent_name: str
    ended_at: Optional[datetime] = None
    duration: Optional[int] = None
    avatar_id: Optional[int] = None
    avatar_name: Optional[str] = None
    avatar_url: Optional[str] = None
    voice_id: Optional[str] = None
    metadata: Optional[Dict[str, Any]] = None


class Listed(BaseModel):
    success: bool
    sessions: List[Session]


class Created(BaseModel):
    success: bool
    session: Session


name = attrgetter("agent_name")


def campaign(session):
    return session.metadata["campaign"]
