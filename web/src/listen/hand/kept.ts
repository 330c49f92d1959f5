/** A raised hand over a reload of this window; nothing is kept longer, nor anywhere else. */

export interface Kept {
  readonly token: string;
  readonly name: string;
  readonly about: string;
  /** Was on the stage: comes back by itself. */
  readonly stage: boolean;
}

const key = (show: string) => `vivavoce.hand.${show}`;

export function recall(show: string): Kept | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(key(show)) ?? "null") as Partial<Kept> | null;
    if (typeof found?.token !== "string") return null;
    const { token, name = "", about = "", stage = false } = found;
    return { token, name, about, stage };
  } catch {
    return null; // Storage refused: a reload then lowers the hand.
  }
}

export function keep(show: string, kept: Kept | null): void {
  try {
    if (kept) sessionStorage.setItem(key(show), JSON.stringify(kept));
    else sessionStorage.removeItem(key(show));
  } catch {
    // See recall.
  }
}
