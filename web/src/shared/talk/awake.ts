/** While on air: the screen stays on, and leaving the page asks first. */

export class Awake {
  #wanted = false;
  #lock: WakeLockSentinel | null = null;

  constructor() {
    document.addEventListener("visibilitychange", () => void this.#hold());
  }

  set(onAir: boolean): void {
    if (onAir === this.#wanted) return;
    this.#wanted = onAir;
    if (onAir) window.addEventListener("beforeunload", ask);
    else window.removeEventListener("beforeunload", ask);
    void this.#hold();
  }

  async #hold(): Promise<void> {
    if (!this.#wanted) {
      await this.#lock?.release();
      this.#lock = null;
    } else if (document.visibilityState === "visible" && (this.#lock?.released ?? true)) {
      // Refused on a low battery, unknown to some browsers: the show does not depend on it.
      this.#lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    }
  }
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
