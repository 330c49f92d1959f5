import type { ComponentChildren } from "preact";
import "../base.css";
import "./page.css";

export interface PageProps {
  /** Where we are, at the top right: "Studio", or nothing. */
  readonly place?: string;
  /** What the wordmark leads to; without it the wordmark is only a mark. */
  readonly home?: string;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
}

/** The sheet that every page is written on: skip link, masthead, main, footer. */
export function Page({ place, home, children, footer }: PageProps) {
  return (
    <div class="page">
      <a class="page-skip" href="#main">
        Skip to the content
      </a>
      <header class="masthead">
        {home ? (
          <a class="wordmark" href={home}>
            Viva Voce
          </a>
        ) : (
          <span class="wordmark">Viva Voce</span>
        )}
        {place && <span class="soft">{place}</span>}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {footer && <footer class="page-foot small soft">{footer}</footer>}
    </div>
  );
}

/** A stretch of the page with its name in the margin: beside it on a wide sheet, above it on a phone. */
export function Row({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="row">
      <h2 class="row-name">{name}</h2>
      <div class="row-body stack">{children}</div>
    </section>
  );
}
