import { render } from "preact";
import { Thread } from "../shared/thread/thread";
import { Page } from "../shared/ui/page";

/** The host deleted what was here; browsers that do not tell say that it may be so. */
function deleted(): boolean {
  const [visit] = performance.getEntriesByType("navigation");
  return (visit as PerformanceNavigationTiming | undefined)?.responseStatus === 410;
}

function Gone() {
  return (
    <Page home="/">
      <h1>This show was deleted</h1>
      <Thread lamp="off" />
      <p class="lead">Its host has deleted it with its recording. It will not come back.</p>
    </Page>
  );
}

/** What an unknown address says: what may have happened, and what to do. */
function Missing() {
  return (
    <Page home="/">
      <h1>There is no show at this address</h1>
      <Thread lamp="off" />
      <div class="stack">
        <p class="lead">
          Compare the link with the one that you were sent: it ends in ten letters and digits, and
          chat programs like to cut the last ones off.
        </p>
        <p>If it is the same, the show may have been removed. Ask whoever invited you.</p>
        <p class="soft figures">
          Asked for: <code>{location.pathname}</code>
        </p>
      </div>
    </Page>
  );
}

const page = document.getElementById("page");
if (page) render(deleted() ? <Gone /> : <Missing />, page);
