"""A Django project in one module, with a plain view and an async one."""

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from agenthuman import AgentHuman, AsyncAgentHuman

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="made-up", DEBUG=False)
client = AgentHuman()
async_client = AsyncAgentHuman()


def plain(request):
    session = client.sessions.create(agent_id=client.agents.list().first().id)
    return HttpResponse(session.status)


async def awaited(request):
    agent = await async_client.agents.list().first()
    session = await async_client.sessions.create(agent_id=agent.id)
    return HttpResponse(session.status)


urlpatterns = [path("plain", plain), path("awaited", awaited)]
wsgi = get_wsgi_application()
asgi = get_asgi_application()
