"""Exports over HTTP: ask, look how far they are, fetch what came out, start again, take away."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from vivavoce.control.exports import Exports
from vivavoce.control.models import Body
from vivavoce.control.shows import Shows
from vivavoce.errors import UsageError
from vivavoce.export.jobs import Job, JobState
from vivavoce.export.orders import WANTED, Kind


class NewExport(Body):
    """What is to be made of a show."""

    kind: Kind


class ExportFile(BaseModel):
    """A file that came out."""

    name: str
    bytes: int
    url: str


class Export(BaseModel):
    """An export: what it is, how it stands, and what came out."""

    job: str
    show: str
    kind: Kind
    state: JobState
    made_ms: int
    done: Annotated[float, Field(description="Share of the work, 0 to 1")]
    step: Annotated[str, Field(description="What is being done, in plain words")]
    files: list[ExportFile]
    notes: list[str]
    code: str | None
    message: str | None


def export_routes(shows: Shows, exports: Exports) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/shows/{show}/exports")

    @routes.get("", summary="A show's exports, newest first")
    async def list_exports(show: str) -> list[Export]:
        shows.row(show)
        return [describe(job) for job in exports.jobs.of(show)]

    @routes.post("", summary="Ask for an export", status_code=202)
    async def ask_export(show: str, body: NewExport) -> Export:
        shows.row(show)
        if body.kind not in WANTED:
            raise UsageError("export_kind", "That is made by itself: choose another kind.")
        return describe(await exports.ask(show, body.kind))

    @routes.get("/{job}", summary="How an export stands")
    async def one_export(show: str, job: str) -> Export:
        return describe(exports.jobs.get(show, job))

    @routes.post("/{job}", summary="Start an export again that failed or was interrupted")
    async def again(show: str, job: str) -> Export:
        return describe(await exports.again(show, job))

    @routes.delete("/{job}", summary="Cancel an export, or delete its files", status_code=204)
    async def delete_export(show: str, job: str) -> None:
        await exports.remove(show, job)

    @routes.get("/{job}/{file}", summary="A file that came out", response_class=FileResponse)
    async def file(show: str, job: str, file: str) -> FileResponse:
        path = exports.file(show, job, file)
        return FileResponse(path, filename=file, media_type="application/octet-stream")

    return routes


def describe(job: Job) -> Export:
    """Return a job as the API tells it."""
    base = f"/api/shows/{job.show}/exports/{job.job}"
    files = [ExportFile(name=f.name, bytes=f.bytes, url=f"{base}/{f.name}") for f in job.files]
    return Export(
        job=job.job,
        show=job.show,
        kind=job.kind,
        state=job.state,
        made_ms=job.made_ms,
        done=job.done,
        step=job.step,
        files=[] if job.kind is Kind.EPISODE else files,
        notes=list(job.notes),
        code=job.code,
        message=job.message,
    )
