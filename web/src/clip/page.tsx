import { useMemo } from "preact/hooks";
import { linkTo } from "../listen/replay/moment";
import { Thread } from "../shared/thread/thread";
import { clockText } from "../shared/time";
import { Button } from "../shared/ui/button";
import { CopyField } from "../shared/ui/copy-field";
import { Notice } from "../shared/ui/notice";
import { Page, Row } from "../shared/ui/page";
import { seconds, toSeconds } from "../shared/units";
import { context, type Facts, frame, peaksOf } from "./facts";
import type { Playback } from "./playback";
import "../listen/listen.css";
import "./clip.css";

/** A stretch of a show, with an address of its own. */
export function Clip({ facts, playback }: { readonly facts: Facts; readonly playback: Playback }) {
  const when = `${clockText(toSeconds(facts.from_ms))}–${clockText(toSeconds(facts.to_ms))}`;
  return (
    <Page home="/" place="A clip">
      <header class="head">
        <p class="head-when figures">{when}</p>
        <h1 lang={facts.language}>{facts.title}</h1>
        {facts.names && (
          <p class="lead soft">
            with <bdi>{facts.names}</bdi>
          </p>
        )}
      </header>
      <Sound facts={facts} playback={playback} />
      <Carry facts={facts} />
    </Page>
  );
}

function Sound({ facts, playback }: { readonly facts: Facts; readonly playback: Playback }) {
  const peaks = useMemo(() => peaksOf(facts), [facts]);
  const length = toSeconds(facts.to_ms) - toSeconds(facts.from_ms);
  const at = playback.position.value;
  const playing = playback.playing.value;
  return (
    <>
      <Thread
        lamp="off"
        shape={peaks.length > 0 ? peaks : null}
        seek={{
          label: "Position in the clip",
          duration_s: length,
          position_s: at,
          text: `${Math.floor(at)} of ${Math.round(length)} seconds`,
          onSeek: (to) => playback.seek(seconds(to)),
        }}
      />
      <div class="desk">
        <p class="giant figures">
          <span class="unseen">At </span>
          {clockText(at)}
          <span class="giant-of"> of {clockText(length)}</span>
        </p>
        <div class="desk-side">
          {playback.failed.value && (
            <Notice title="The sound of this clip cannot be had just now." urgent>
              <p>It may have been withdrawn. Load the page again to see.</p>
            </Notice>
          )}
          <div class="control">
            <Button
              kind={playing ? "line" : "solid"}
              big
              icon={playing ? "pause" : "play"}
              onClick={() => playback.toggle()}
            >
              {playing ? "Pause" : "Play the clip"}
            </Button>
          </div>
          <p class="lead">
            <a href={linkTo(`/${facts.show}`, context(facts))}>Hear it in context</a>
          </p>
        </div>
      </div>
    </>
  );
}

function Carry({ facts }: { readonly facts: Facts }) {
  const file = `/live/${facts.show}/clip/${facts.name}`;
  return (
    <>
      <Row name="Share">
        <CopyField label="Link to this clip" value={`${location.origin}${location.pathname}`} />
        <CopyField
          label="For your own page"
          value={frame(location.origin, facts)}
          hint="A small player of just these seconds."
        />
      </Row>
      <Row name="Take it along">
        <ul class="clip-files">
          <Download file={`${file}.m4a`} name="M4A">
            for phones and most programs
          </Download>
          <Download file={`${file}.opus`} name="Opus">
            smaller, as it was recorded
          </Download>
          <Download file={`${file}.png`} name="Picture">
            the waveform, for posts
          </Download>
        </ul>
      </Row>
    </>
  );
}

function Download(props: {
  readonly file: string;
  readonly name: string;
  readonly children: string;
}) {
  return (
    <li>
      <a href={props.file} download>
        {props.name}
      </a>{" "}
      <span class="soft">{props.children}</span>
    </li>
  );
}

/** Why there is no clip, and where the show is. */
export function NoClip({ facts }: { readonly facts: Facts }) {
  return (
    <Page home="/" place="A clip">
      <h1>No clip here</h1>
      <Thread lamp="off" />
      <div class="stack">
        <p class="lead" role="status">
          {facts.problem}
        </p>
        <p>
          <a href={`/${facts.show}`}>To the show</a>
        </p>
      </div>
    </Page>
  );
}
