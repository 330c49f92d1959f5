import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Button } from "../../shared/ui/button";
import { Field, Select } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { CHOICES, nameOf, sizeText, standing, underWay } from "./export-words";
import { ExportJobs } from "./jobs";
import type { Export, Kind } from "./protocol";
import "./exports.css";

/** Makes files of a show to carry away, and has those that are made. */
export function Exports({ show }: { readonly show: string }) {
  const jobs = useMemo(() => new ExportJobs(show), [show]);
  useEffect(() => jobs.watch(), [jobs]);
  const list = jobs.list.value ?? [];
  return (
    <>
      <Ask jobs={jobs} />
      {jobs.problem.value && <Notice title={jobs.problem.value.message} urgent />}
      {list.length > 0 && (
        <ul class="exports">
          {list.map((job) => (
            <Entry key={job.job} jobs={jobs} job={job} />
          ))}
        </ul>
      )}
    </>
  );
}

function Ask({ jobs }: { readonly jobs: ExportJobs }) {
  const kind = useSignal<Kind>("mp3");
  const waits = useComputed(() =>
    jobs.list.value?.some((j) => underWay(j) && j.kind === kind.value),
  );
  return (
    <div class="exports-ask">
      <Field
        label="File"
        hint="At podcast loudness, with chapters and a cover; tracks as a zip for an editor."
      >
        {(control) => (
          <Select>
            <select
              {...control}
              value={kind.value}
              onChange={(event) => {
                kind.value = event.currentTarget.value as Kind;
              }}
            >
              {CHOICES.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </Select>
        )}
      </Field>
      <Button
        disabled={jobs.busy.value || waits.value === true}
        onClick={() => void jobs.make(kind.value)}
      >
        Make it
      </Button>
    </div>
  );
}

function Entry({ jobs, job }: { readonly jobs: ExportJobs; readonly job: Export }) {
  const moving = underWay(job);
  const what = <span class="unseen"> the {nameOf(job.kind)} export</span>;
  return (
    <li class="export">
      <p class="export-name">
        <strong>{nameOf(job.kind)}</strong> <span class="small soft">{standing(job)}</span>
      </p>
      {moving && (
        <progress class="export-bar" max={1} value={job.done} aria-label={nameOf(job.kind)} />
      )}
      {job.files.map((file) => (
        <p key={file.name}>
          <a href={file.url} download={file.name}>
            {file.name}
          </a>{" "}
          <span class="small soft">{sizeText(file.bytes)}</span>
        </p>
      ))}
      {job.notes.map((note) => (
        <p key={note} class="small">
          {note}
        </p>
      ))}
      <div class="cluster">
        {(job.state === "failed" || job.state === "interrupted") && (
          <Button onClick={() => void jobs.again(job.job)}>Try again{what}</Button>
        )}
        <Button kind="plain" onClick={() => void jobs.remove(job.job)}>
          {moving ? "Cancel" : "Remove"}
          {what}
        </Button>
      </div>
    </li>
  );
}
