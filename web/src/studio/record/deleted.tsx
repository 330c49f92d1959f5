import { Page } from "../../shared/ui/page";

/** What is left of a deleted show: the word that it is gone. */
export function Deleted({ words, owner }: { readonly words: string; readonly owner: boolean }) {
  return (
    <Page place="Studio" {...(owner ? { home: "/" } : {})}>
      <h1>Deleted</h1>
      <div class="stack">
        <p class="lead" role="status">
          {words}
        </p>
        {owner && (
          <p>
            <a href="/">All shows</a>
          </p>
        )}
      </div>
    </Page>
  );
}
