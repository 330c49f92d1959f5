"""``/healthz``, ``/readyz`` and ``/metrics`` of the studio port."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vivavoce.metrics import CONTENT_TYPE, Metrics


def health_routes(metrics: Metrics, ready: Callable[[], Awaitable[bool]]) -> list[Route]:
    """Return the three routes; ``ready`` says whether the studio can take work."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        if await ready():
            return JSONResponse({"status": "ready"})
        words = "The studio's database does not answer. Its log says why."
        return JSONResponse({"code": "not_ready", "message": words}, 503)

    async def show_metrics(_: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", show_metrics),
    ]
