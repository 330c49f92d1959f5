import { render } from "preact";
import { Thread } from "../shared/thread/thread";
import { Page } from "../shared/ui/page";

/** The public port's own page: this place has no list of shows, on purpose. */
function Home() {
  return (
    <Page>
      <h1>Open the link of a show</h1>
      <Thread lamp="off" />
      <div class="stack">
        <p class="lead">
          Conversations are heard here, live and afterwards. Each has its own link; whoever invited
          you has it.
        </p>
        <p>You need no account, and nothing to install.</p>
        <p class="soft">
          Do you run this place? Your own link opens the studio. On the computer where Viva Voce
          runs, <code>vivavoce link</code> prints a new one.
        </p>
      </div>
    </Page>
  );
}

const page = document.getElementById("page");
if (page) render(<Home />, page);
