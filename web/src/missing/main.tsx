import { render } from "preact";
import { Thread } from "../shared/thread/thread";
import { Page } from "../shared/ui/page";

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
if (page) render(<Missing />, page);
